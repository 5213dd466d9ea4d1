import Synchronization

@testable import HTTPServer

/// Keeps the request that a handler was asked last.
final class RequestBox: Sendable {
    private let last = Mutex<Request?>(nil)

    var request: Request? { last.withLock { $0 } }

    func put(_ request: Request) {
        last.withLock { $0 = request }
    }
}
