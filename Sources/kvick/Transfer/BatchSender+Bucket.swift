import AsyncHTTPClient
import NIOCore
import Synchronization

extension BatchSender {
    /// From how many seconds on it is told that the server lets wait.
    private static let toldWait = 10

    /// Sends to `bucket`.
    convenience init(to bucket: BucketConnection) {
        let told = Mutex<ContinuousClock.Instant?>(nil)
        self.init { body, count in
            var request = bucket.request(.POST)
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
            let response = try await bucket.send(request)
            guard response.isSuccess else {
                // All others are about no batch, but the bucket, the credential or the server.
                guard [400, 413, 429, 503].contains(response.status.code) else { throw await bucket.failure(response) }
                let retryAfter = response.headers.first(name: "Retry-After")
                let words = await bucket.connection.words(of: response)
                return TransactionAnswer(status: Int(response.status.code), words: words, retryAfter: retryAfter)
            }
            guard let counts = TransactionAnswer.counts(try await bucket.connection.bytes(of: response), of: count)
            else {
                return .failed(
                    "the answer of \(bucket.connection.server) is none to a transaction; is it a Kvick server?")
            }
            return .done(counts)
        } wait: { seconds, words in
            let now = ContinuousClock.now
            let isNews = told.withLock { told in
                guard seconds >= Self.toldWait, told.map({ $0 < now }) ?? true else { return false }
                told = now + .seconds(seconds)
                return true
            }
            if isNews { StandardError.print("\n\(words); waiting \(seconds) s\n") }
            try await Task.sleep(for: .seconds(seconds))
        }
    }
}
