import AsyncHTTPClient
import NIOCore

/// Reads a bucket as the lines of its records (docs/format.md, "Exports").
struct BucketExport {
    let bucket: BucketConnection
    /// With what the keys begin.
    let prefix: String

    /// Writes all lines to `output`, which is left to be ended.
    ///
    /// - Throws: a `CommandFailure` where they don't come whole, or an `ExitCode` where nobody reads `output` any longer.
    func write(to output: ExportOutput) async throws {
        let response = try await bucket.succeed(request)
        guard response.headers.first(name: "Content-Type") == "application/jsonl" else {
            throw CommandFailure("the answer of \(server) is no export; is it a Kvick server of this version?")
        }
        let total = response.headers.first(name: "X-Key-Count").flatMap { Int($0) }
        var bar = ProgressBar("export", total: total, mayBeShown: output.leavesTerminal)
        defer { bar.end() }
        var count = 0
        bar.update(count)
        var pieces = response.body.makeAsyncIterator()
        while let piece = try await next(&pieces, after: count) {
            try output.write(Array(piece.readableBytesView))
            count += piece.readableBytesView.count { $0 == UInt8(ascii: "\n") }
            bar.update(count)
        }
        guard total == nil || count == total else {
            throw Self.cutOff(after: count, "\(server) had told of \(ImportCounts.keys(total ?? 0))")
        }
    }

    private var server: ServerURL { bucket.connection.server }

    private var request: HTTPClientRequest {
        var query = QueryString()
        query.add("export", "true")
        if !prefix.isEmpty { query.add("prefix", prefix) }
        return bucket.request(.GET, query)
    }

    private func next(
        _ pieces: inout HTTPClientResponse.Body.AsyncIterator, after count: Int
    ) async throws -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            throw Self.cutOff(after: count, "the connection to \(server) broke: \(ConnectionFailure.reason(error))")
        }
    }

    private static func cutOff(after count: Int, _ reason: String) -> CommandFailure {
        CommandFailure(
            "the export was cut off after \(ImportCounts.keys(count)), so it is not whole: \(reason)", .unavailable)
    }
}
