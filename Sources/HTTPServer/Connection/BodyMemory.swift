import Synchronization

/// Counts the bytes of bodies, those of requests and of large answers, that a server holds on all its event loops.
final class BodyMemory: Sendable {
    private let maximum: Int
    private let held = Atomic<Int>(0)

    init(maximum: Int) {
        self.maximum = max(maximum, 0)
    }

    /// The bytes that are counted.
    var count: Int { held.load(ordering: .relaxed) }

    /// Counts more bytes until `release`; false, with nothing counted, if there is no room for them.
    func take(_ count: Int) -> Bool {
        if held.wrappingAdd(count, ordering: .relaxed).newValue <= maximum { return true }
        release(count)
        return false
    }

    func release(_ count: Int) {
        held.wrappingSubtract(count, ordering: .relaxed)
    }
}
