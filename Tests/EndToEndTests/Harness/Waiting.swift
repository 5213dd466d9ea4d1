import Foundation

/// Looks again and again until `condition` holds, and says whether it came to hold within `limit`.
func eventually(
    within limit: Duration, every pause: Duration = .milliseconds(10), _ condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if try condition() { return true }
        guard ContinuousClock.now < deadline else { return false }
        sleepThread(pause)
    }
}

/// Stops the calling thread; tests run on threads of their own.
func sleepThread(_ duration: Duration) {
    Thread.sleep(forTimeInterval: duration.seconds)
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

/// What went wrong in the harness, or between it and a server.
struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// A failure of a system call.
    static func system(_ what: String, _ code: Int32 = errno) -> HarnessError {
        HarnessError("\(what): \(String(cString: strerror(code)))")
    }
}
