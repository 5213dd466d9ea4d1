import HTTPServer
import NIOCore
import Synchronization

/// Slows down addresses that guess passwords. Safe to use from any thread.
final class FailedAttempts: Sendable {
    /// How many failures within 15 minutes cost nothing.
    private static let freeCount = 3
    private static let delayMax = TimeAmount.seconds(5)
    /// How many answers to failures may be held back for one address at once.
    private static let heldBackMax = 16

    // More than 64 are not counted: the longest delay is reached long before.
    private let failures = RateLimit(count: 64, window: .seconds(900)).map { RateLimiter($0) }
    private let heldBack = Mutex<[ClientAddress: Int]>([:])
    private let total = Atomic<UInt64>(0)

    /// How many there were, whatever their addresses.
    var count: UInt64 { total.load(ordering: .relaxed) }

    /// Whether so many failures of the address wait for their answers that nothing of it is looked at for now.
    func isBlocked(_ address: ClientAddress?) -> Bool {
        guard let address else { return false }
        return heldBack.withLock { $0[address.rateLimitKey] ?? 0 } >= Self.heldBackMax
    }

    /// Counts a failure, and completes the promise with its answer after a time that doubles with each.
    func answer(
        _ response: Response, to address: ClientAddress?, _ promise: EventLoopPromise<Response>
    ) {
        total.wrappingAdd(1, ordering: .relaxed)
        guard let address, let outcome = failures?.check(address) else { return promise.succeed(response) }
        let delay = Self.delay(afterFailures: outcome.limit - outcome.remaining)
        guard delay > .zero else { return promise.succeed(response) }
        let key = address.rateLimitKey
        heldBack.withLock { $0[key, default: 0] += 1 }
        promise.futureResult.eventLoop.scheduleTask(in: delay) { [self] in
            heldBack.withLock { heldBack in
                guard let count = heldBack[key] else { return }
                heldBack[key] = count > 1 ? count - 1 : nil
            }
            promise.succeed(response)
        }
    }

    static func delay(afterFailures count: Int) -> TimeAmount {
        guard count > freeCount else { return .zero }
        return min(.milliseconds(100 << Int64(min(count - freeCount - 1, 10))), delayMax)
    }
}
