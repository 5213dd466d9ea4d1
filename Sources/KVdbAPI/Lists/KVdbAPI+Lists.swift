import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

extension KVdbAPI {
    /// `GET /BUCKET/`
    func list(
        _ request: Request, _ parameters: Parameters, _ access: Access, bucket: Namespace, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        // Who may not list at all is not told what else is wrong.
        try access.require(.list(prefix: [], values: false))
        var query = try ListQuery(request, parameters)
        try access.require(.list(prefix: query.prefix, values: query.values))
        query.prefix = access.listPrefix(query.prefix)
        guard scanThreads.beginStart() else {
            throw .unavailable("too many lists are being read; try again soon", retryAfter: 1)
        }
        let future = scanThreads.run(ListPlan(), on: eventLoop) { [store, query] (plan) throws(StoreError) in
            // Nobody waits for it any more, and others wait for the thread.
            guard !request.isAbandoned else { throw .closed }
            var plan = plan
            let isDone = try plan.advance(query) { () throws(StoreError) in
                do throws(StorageError) {
                    return try store.snapshot(of: bucket)
                } catch {
                    throw .storage(error)
                }
            }
            return isDone ? .done(plan) : .paused(plan)
        }
        return .pending(
            future.map { [scanThreads, query] plan in
                Answers.list(
                    query.format, nextAfter: plan.cut, count: query.format == .export ? plan.count : nil,
                    body: plan.body(scanThreads))
            }.flatMapErrorThrowing { error in
                Answers.error(self.failure(error), to: request)
            }.always { [scanThreads] _ in scanThreads.endStart() })
    }
}

/// What is done of a list before its answer begins: the first piece, and where the limit cuts it.
private struct ListPlan: Sendable {
    private var cursor: ListCursor?
    private var first = ByteBuffer()
    /// Goes on behind the first piece to find the end.
    private var scout: ListCursor?
    private var scoutSteps = 0

    /// After how many steps a walk ahead is given up that is only to count: of at most 4 million records or 1 GiB, a
    /// few seconds in all.
    private static let maxScoutSteps = 1024

    /// Takes a step.
    ///
    /// - Returns: whether it was the last.
    mutating func advance(
        _ query: ListQuery, _ snapshot: () throws(StoreError) -> NamespaceSnapshot
    ) throws(StoreError) -> Bool {
        if var scout {
            try scout.skipAhead()
            self.scout = scout
            scoutSteps += 1
            cursor?.lastAllowed = scout.cut
            return scout.isFinished || query.limit == .max && scoutSteps >= Self.maxScoutSteps
        }
        var cursor = if let cursor { cursor } else { ListCursor(try snapshot(), query) }
        let isComplete = try cursor.fill(&first)
        self.cursor = cursor
        if isComplete, !cursor.isFinished { scout = cursor }
        return cursor.isFinished
    }

    /// The last key, where the limit leaves out others.
    var cut: [UInt8]? { scout == nil ? cursor?.cut : scout?.cut }

    /// How many entries there are; nil where that was not found out.
    var count: Int? {
        guard let last = scout ?? cursor, last.isFinished else { return nil }
        return last.written
    }

    func body(_ threads: ScanThreads) -> Response.Body {
        guard let cursor, !cursor.isFinished else { return .bytes(first) }
        return .stream(ScanStream(first: first, cursor, threads: threads))
    }
}
