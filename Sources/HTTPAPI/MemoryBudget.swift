import Synchronization

/// Counts the bytes that requests hold, each until it is released, and refuses those past a maximum. Safe to use from any
/// thread.
package final class MemoryBudget: Sendable {
    private let maximum: Int
    private let held = Atomic<Int>(0)

    package init(maximum: Int) {
        self.maximum = maximum
    }

    /// The bytes that are counted.
    package var count: Int { held.load(ordering: .relaxed) }

    /// Counts more bytes until `release`; false, with nothing counted, where there is no room for them.
    package func take(_ size: Int) -> Bool {
        if held.wrappingAdd(size, ordering: .relaxed).newValue <= maximum { return true }
        release(size)
        return false
    }

    /// Ends the counting of bytes that `take` counted.
    package func release(_ size: Int) {
        held.wrappingSubtract(size, ordering: .relaxed)
    }
}

/// Bytes that a budget counts for as long as this lives.
package final class MemoryHold: Sendable {
    private let budget: MemoryBudget
    private let size: Int

    /// - Returns: nil, with nothing counted, where there is no room for them.
    package init?(_ size: Int, of budget: MemoryBudget) {
        guard budget.take(size) else { return nil }
        self.budget = budget
        self.size = size
    }

    deinit {
        budget.release(size)
    }
}
