/// A progress bar that counts what is done, of as much as it is told once that is known.
final class Progress {
    private let label: String
    private let mayBeShown: Bool
    private var bar: ProgressBar?
    private var done = 0

    /// - Parameters:
    ///   - total: nil where `begin` is to tell it.
    ///   - mayBeShown: whether anybody wants to see it.
    init(_ label: String, total: Int? = nil, mayBeShown: Bool = true) {
        self.label = label
        self.mayBeShown = mayBeShown
        if let total { begin(total: total) }
    }

    func begin(total: Int) {
        bar = ProgressBar(label, total: total, mayBeShown: mayBeShown)
    }

    func add(_ count: Int) {
        update(done + count)
    }

    func update(_ done: Int) {
        self.done = done
        bar?.update(done)
    }

    func end() {
        bar?.end()
        bar = nil
    }
}
