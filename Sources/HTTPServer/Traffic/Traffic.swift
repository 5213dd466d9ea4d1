import NIOCore
import Synchronization

/// Counts what a server does. Safe to use from any thread.
///
/// Each event loop counts for itself, in plain memory that no other thread touches. Whoever asks has every loop hand over a
/// copy, so that counting needs neither locks nor atomic operations.
public final class Traffic: Sendable {
    /// The names of the kinds by which requests are counted; the first is of what never became one.
    public let kinds: [String]
    private let classifier: (any RequestClassifier)?
    private let loops = Mutex<[NIOLoopBound<EventLoopConnections>]>([])

    /// - Parameter classifier: nil where all requests are of one kind.
    public init(classifier: (any RequestClassifier)? = nil) {
        self.classifier = classifier
        kinds = [TrafficStatistics.invalidKind] + (classifier?.kinds ?? ["request"])
    }

    /// The index in `kinds` of what never became a request.
    static let invalid = 0

    /// Has a request know its kind.
    func classify(_ request: inout Request) {
        request.kind = classifier?.kind(of: request)
    }

    /// The index in `kinds` of a request's kind.
    func index(of request: Request) -> Int {
        1 + (request.kind ?? classifier?.kind(of: request) ?? 0)
    }

    /// Has what these event loops count be a part of the statistics, and of no others any more.
    func set(_ loops: [NIOLoopBound<EventLoopConnections>]) {
        self.loops.withLock { $0 = loops }
    }

    /// What was counted on all event loops, which are asked one after the other; nothing where no server runs.
    public func statistics(on eventLoop: any EventLoop) -> EventLoopFuture<TrafficStatistics> {
        let parts = loops.withLock { $0 }.map { loop in loop.eventLoop.submit { loop.value.statistics } }
        let nothing = TrafficStatistics(TrafficCounters(kinds: kinds))
        return EventLoopFuture.reduce(into: nothing, parts, on: eventLoop) { $0.add($1) }
    }
}
