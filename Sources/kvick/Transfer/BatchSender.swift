import NIOCore
import Synchronization

/// Sends batches of records: in parts where a server takes less at once, and again later where it asks for that.
final class BatchSender: Sendable {
    /// Posts a transaction of so many sets.
    typealias Post = @Sendable (_ body: ByteBuffer, _ count: Int) async throws -> TransactionAnswer
    typealias Wait = @Sendable (_ seconds: Int, _ words: String) async throws -> Void

    /// How long one batch may be put off, in seconds: a server's rate limit is mostly of an hour.
    private static let waitMax = 2 * 3600

    private let post: Post
    private let wait: Wait
    private let learned = Mutex(ImportBatch.Limits())

    init(post: @escaping Post, wait: @escaping Wait) {
        self.post = post
        self.wait = wait
    }

    /// What batches may have, as far as the server's answers tell.
    var limits: ImportBatch.Limits { learned.withLock { $0 } }

    /// What became of a batch, which may be done in part where something failed.
    struct Outcome {
        var counts = ImportCounts()
        var failure: Failure?
    }

    struct Failure: Error {
        /// Where the record stands that can't be set; nil where it is nothing about one.
        var line: Int?
        var reason: String
        var kind = CommandFailure.Kind.other
    }

    /// Sends a batch, whose parts are done in their order. A cancelled task waits no more, but ends what is under way.
    func send(_ batch: ImportBatch) async -> Outcome {
        var outcome = Outcome()
        do throws(Failure) {
            try await send(batch, &outcome.counts)
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    private func send(_ batch: ImportBatch, _ counts: inout ImportCounts) async throws(Failure) {
        var waited = 0
        while true {
            switch try await answer(to: batch) {
            case .done(let done):
                counts += done
                return
            case .later(let seconds, let words):
                let time = max(1, seconds)
                waited += time
                guard waited <= Self.waitMax else { throw Failure(reason: words, kind: .unavailable) }
                try await pause(time, words)
            case .tooLarge(let words):
                guard let (first, rest) = batch.halves else {
                    throw Failure(line: batch.records.first?.line, reason: words)
                }
                learned.withLock { $0.narrow(below: batch) }
                try await send(first, &counts)
                return try await send(rest, &counts)
            case .refused(let place, let words):
                guard batch.records.indices.contains(place) else { throw Failure(reason: words) }
                // A transaction sets all or nothing, but what comes before a line that is refused is imported.
                if place > 0 { try await send(batch.prefix(place), &counts) }
                throw Failure(line: batch.records[place].line, reason: words)
            case .failed(let words):
                throw Failure(reason: words)
            }
        }
    }

    private func answer(to batch: ImportBatch) async throws(Failure) -> TransactionAnswer {
        let (body, count) = (batch.body, batch.records.count)
        do {
            // Goes on where the import is cancelled, so that its outcome is known.
            return try await Task { [post] in try await post(body, count) }.value
        } catch {
            throw Failure(reason: "\(error)", kind: (error as? CommandFailure)?.kind ?? .other)
        }
    }

    private func pause(_ seconds: Int, _ words: String) async throws(Failure) {
        do {
            try await wait(seconds, words)
        } catch {
            throw Failure(reason: words)
        }
    }
}

extension ImportBatch.Limits {
    /// Halves what `batch`, which was too large, has most of.
    fileprivate mutating func narrow(below batch: ImportBatch) {
        let isMany = Double(batch.records.count) / Double(count) >= Double(batch.size) / Double(size)
        if isMany {
            count = max(1, min(count, batch.records.count / 2))
        } else {
            size = max(1, min(size, batch.size / 2))
        }
    }
}
