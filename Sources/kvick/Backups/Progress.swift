/// A progress bar that counts what is done, of as much as it is told once that is known.
final class Progress {
    private let label: String
    private var bar: ProgressBar?
    private var done = 0

    /// - Parameter total: nil where `begin` is to tell it.
    init(_ label: String, total: Int? = nil) {
        self.label = label
        bar = total.map { ProgressBar(label, total: $0) }
    }

    func begin(total: Int) {
        bar = ProgressBar(label, total: total)
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
