import AsyncHTTPClient
import Backup
import FoundationEssentials
import KeyValueStore
import NIOCore
import Storage

/// A checkpoint of a running server's store, which is removed there once it was read.
struct RemoteCheckpoint: BackupSource {
    private static let path = "/-/checkpoints"
    /// How many answers in a row may come to nothing, before a file is given up.
    private static let failuresMax = 5

    let checkpoint: Checkpoint
    private let connection: RemoteConnection
    private let token: String

    private struct Description: Decodable {
        struct File: Decodable {
            var name: String
            var size: Int
            var fingerprint: String?
        }

        var id: String
        var revision: String
        var created: Int64
        var format: Int
        var files: [File]
    }

    /// Calls `body` with a new checkpoint of the server's store.
    ///
    /// - Parameter token: the server's admin token.
    static func with<Result>(
        _ connection: RemoteConnection, token: String, _ body: (any BackupSource) async throws -> Result
    ) async throws -> Result {
        // Goes on where the task is cancelled, for only its answer tells what is to be removed.
        let source = try await Task { try await make(connection, token) }.value
        do {
            try Task.checkCancellation()
            let result = try await body(source)
            await source.remove()
            return result
        } catch {
            await source.remove()
            throw error
        }
    }

    private static func make(_ connection: RemoteConnection, _ token: String) async throws -> RemoteCheckpoint {
        var request = connection.request(path)
        request.method = .POST
        request.setBearerAuth(token)
        let response = try await connection.send(request)
        guard response.status == .created else {
            throw await refusal(response, connection)
        }
        let bytes = try await connection.bytes(of: response)
        guard let checkpoint = Self.checkpoint(bytes) else {
            throw CommandFailure("\(connection.server) answered with no checkpoint; is it a Kvick of this version?")
        }
        let source = RemoteCheckpoint(checkpoint: checkpoint, connection: connection, token: token)
        do throws(BackupError) {
            try checkpoint.validate()
        } catch {
            await source.remove()
            throw CommandFailure("\(connection.server): \(error)")
        }
        return source
    }

    /// What a server says of a checkpoint; nil where it is none.
    static func checkpoint(_ json: [UInt8]) -> Checkpoint? {
        guard let description = try? JSONDecoder().decode(Description.self, from: Data(json)),
            let revision = UInt64(description.revision), isID(description.id)
        else { return nil }
        let files = description.files.map { CheckpointFile(name: $0.name, size: $0.size, fingerprint: $0.fingerprint) }
        return Checkpoint(
            id: description.id, revision: Revision(rawValue: revision),
            created: Timestamp(milliseconds: description.created), format: description.format, files: files)
    }

    /// Whether it can stand in a path as it is.
    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func refusal(_ response: HTTPClientResponse, _ connection: RemoteConnection) async -> CommandFailure
    {
        let failure = await connection.failure(response)
        guard response.status == .unauthorized else { return failure }
        let advice = "; give it with --admin-token, --admin-token-file or KVICK_ADMIN_TOKEN"
        return CommandFailure(failure.description + advice, failure.kind)
    }

    func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws {
        var offset = 0
        var failures = 0
        while offset < file.size {
            let answer = try await read(file, from: offset, take)
            failures = answer.size > 0 ? 0 : failures + 1
            offset += answer.size
            guard offset < file.size else { return }
            try Task.checkCancellation()
            // A slow line may take more answers than one, each of which goes on where the last ended.
            guard failures > 0 else { continue }
            guard failures < Self.failuresMax else { throw answer.failure }
            try await Task.sleep(for: Self.pause(after: failures, asked: answer.retryAfter))
        }
    }

    /// How long to wait after so many failures in a row: 1, 2, 4 and 8 seconds, or what the server asks for.
    ///
    /// - Parameter asked: in seconds. The server gives the checkpoint up after five minutes, so a longer wait would come to nothing.
    static func pause(after failures: Int, asked: Int?) -> Duration {
        .seconds(asked.map { min(max($0, 1), 240) } ?? 1 << min(max(failures - 1, 0), 3))
    }

    func renew() async {
        _ = try? await connection.send(request("/\(checkpoint.id)")).body.collect(
            upTo: RemoteConnection.answerSizeMax.bytes)
    }

    /// What came of one answer, which may have ended too early.
    private struct Answer {
        /// In bytes.
        var size = 0
        var failure: CommandFailure
        /// For how many seconds the server asks to wait.
        var retryAfter: Int?
    }

    private func read(
        _ file: CheckpointFile, from offset: Int, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> Answer {
        var request = request("/\(checkpoint.id)/files/\(file.name)")
        if offset > 0 { request.headers.add(name: "Range", value: "bytes=\(offset)-") }
        var answer = Answer(
            failure: CommandFailure(
                "the answer of \(connection.server) was cut short again and again; try later", .unavailable))
        guard let response = await response(to: request, noting: &answer) else { return answer }
        guard response.status == (offset > 0 ? .partialContent : .ok) else {
            let status = Int(response.status.code)
            let words = await connection.words(of: response)
            answer.failure = CommandFailure("\(file.name): \(words)", CommandFailure.Kind(status: status))
            guard [429, 503].contains(status) else { throw answer.failure }
            answer.retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
            return answer
        }
        var pieces = response.body.makeAsyncIterator()
        while let piece = await next(&pieces, noting: &answer) {
            answer.size += piece.readableBytes
            guard offset + answer.size <= file.size else {
                throw CommandFailure("\(connection.server) sent more of \(file.name) than there is; try again")
            }
            try piece.withUnsafeReadableBytes(take)
        }
        return answer
    }

    private func response(to request: HTTPClientRequest, noting answer: inout Answer) async -> HTTPClientResponse? {
        do {
            return try await connection.send(request)
        } catch {
            if let failure = error as? CommandFailure { answer.failure = failure }
            return nil
        }
    }

    private func next(
        _ pieces: inout HTTPClientResponse.Body.AsyncIterator, noting answer: inout Answer
    ) async -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            answer.failure = ConnectionFailure.failure(error, server: connection.server)
            return nil
        }
    }

    /// Gives the server back the space that it keeps for the checkpoint. It does so by itself after some minutes, too.
    private func remove() async {
        let request = removal
        // Also where the task is cancelled.
        await Task { [connection] in _ = try? await connection.send(request).body.collect(upTo: 1 << 10) }.value
    }

    private var removal: HTTPClientRequest {
        var request = request("/\(checkpoint.id)")
        request.method = .DELETE
        return request
    }

    private func request(_ path: String) -> HTTPClientRequest {
        var request = connection.request(Self.path + path)
        request.setBearerAuth(token)
        return request
    }
}
