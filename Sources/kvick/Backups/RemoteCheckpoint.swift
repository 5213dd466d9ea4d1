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
        let source = try await make(connection, token)
        do {
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
        guard let description = try? JSONDecoder().decode(Description.self, from: Data(bytes)),
            let revision = UInt64(description.revision)
        else {
            throw CommandFailure("\(connection.server) answered with no checkpoint; is it a Kvick of this version?")
        }
        let files = description.files.map { CheckpointFile(name: $0.name, size: $0.size, fingerprint: $0.fingerprint) }
        let checkpoint = Checkpoint(
            id: description.id, revision: Revision(rawValue: revision),
            created: Timestamp(milliseconds: description.created), format: description.format, files: files)
        return RemoteCheckpoint(checkpoint: checkpoint, connection: connection, token: token)
    }

    private static func refusal(_ response: HTTPClientResponse, _ connection: RemoteConnection) async -> CommandFailure
    {
        let words = await connection.words(of: response)
        let hint = response.status == .unauthorized ? "; give it with --admin-token or KVICK_ADMIN_TOKEN" : ""
        return CommandFailure(words + hint, CommandFailure.Kind(status: Int(response.status.code)))
    }

    func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws {
        var offset = 0
        var failures = 0
        while offset < file.size {
            let answer = try await read(file, from: offset, take)
            failures = answer.size > 0 ? 0 : failures + 1
            offset += answer.size
            // A slow line may take more answers than one, each of which goes on where the last ended.
            if offset < file.size, failures == Self.failuresMax { throw answer.failure }
        }
    }

    /// What came of one answer, which may have ended too early.
    private struct Answer {
        /// In bytes.
        var size = 0
        var failure: CommandFailure
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
            let words = await connection.words(of: response)
            throw CommandFailure("\(file.name): \(words)", CommandFailure.Kind(status: Int(response.status.code)))
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
        var request = request("/\(checkpoint.id)")
        request.method = .DELETE
        _ = try? await connection.send(request).body.collect(upTo: 1 << 10)
    }

    private func request(_ path: String) -> HTTPClientRequest {
        var request = connection.request(Self.path + path)
        request.setBearerAuth(token)
        return request
    }
}
