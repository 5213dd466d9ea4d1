import Dispatch
import Synchronization

/// Counts the calls under way in an engine, so that closing it can refuse new ones and wait for the rest.
///
/// Entering and leaving cost one atomic addition each and never wait.
package struct CallGate: ~Copyable, Sendable {
    private static let closing = 1 << (Int.bitWidth - 2)

    /// The number of calls under way, and `closing` once the gate is closed.
    private let state = Atomic<Int>(0)
    private let allLeft = DispatchSemaphore(value: 0)

    package init() {}

    /// Whether the gate was closed, so that a long call may end early.
    package var isClosed: Bool { state.load(ordering: .relaxed) & Self.closing != 0 }

    /// Begins a call; false, and no call is begun, once the gate is closed.
    package func enter() -> Bool {
        let before = state.add(1, ordering: .acquiring).oldValue
        if before & Self.closing == 0 { return true }
        leave()
        return false
    }

    /// Ends a call that `enter` began.
    package func leave() {
        if state.subtract(1, ordering: .releasing).newValue == Self.closing {
            allLeft.signal()
        }
    }

    /// Refuses calls from now on; false where that was so before.
    package func close() -> Bool {
        state.bitwiseOr(Self.closing, ordering: .acquiringAndReleasing).oldValue & Self.closing == 0
    }

    /// Waits until the last call has left a closed gate. For the one caller that closed it.
    package func waitUntilAllLeft() {
        while state.load(ordering: .acquiring) != Self.closing {
            allLeft.wait()
        }
    }
}
