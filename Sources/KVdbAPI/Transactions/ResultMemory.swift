import Synchronization

/// Counts the bytes that the values which transactions get may take, from when each is submitted until it is answered.
final class ResultMemory: Sendable {
    private let maximum: Int
    private let held = Atomic<Int>(0)

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// The bytes that are counted.
    var count: Int { held.load(ordering: .relaxed) }

    /// Counts more bytes until `release`; false, with nothing counted, where there is no room for them.
    func take(_ size: Int) -> Bool {
        if held.wrappingAdd(size, ordering: .relaxed).newValue <= maximum { return true }
        release(size)
        return false
    }

    func release(_ size: Int) {
        held.wrappingSubtract(size, ordering: .relaxed)
    }
}
