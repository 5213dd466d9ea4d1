import Synchronization

/// Whether a connection goes on, for those on other threads who work on its requests.
final class ConnectionLife: Sendable {
    private let isOver = Atomic<Bool>(false)

    var hasEnded: Bool { isOver.load(ordering: .relaxed) }

    func end() {
        isOver.store(true, ordering: .relaxed)
    }
}
