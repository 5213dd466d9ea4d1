import AsyncHTTPClient
import HTTPAPI
import KVdbAPI
import NIOCore

/// What may be done with a bucket's scripts by those who have its secret key.
struct ScriptManagement {
    private let bucket: BucketConnection

    init(_ bucket: BucketConnection) {
        self.bucket = bucket
    }

    func list() async throws -> ScriptList {
        let answer = try await bucket.answer(bucket.request(.GET, BucketPath.scripts(of: bucket.id)), .secretKey)
        guard let list = ScriptList(answer) else {
            throw CommandFailure(
                "the answer of \(bucket.connection.server) is no list of scripts; is it a Kvick server?")
        }
        return list
    }

    func source(of name: String) async throws -> [UInt8] {
        let path = BucketPath.script(name, of: bucket.id)
        return try await bucket.connection.bytes(of: succeed(bucket.request(.GET, path + "?source=true"), script: name))
    }

    /// - Parameter file: where the source comes from, for errors in it; nil where it is no file.
    /// - Returns: the URL that runs it.
    func put(_ name: String, source: [UInt8], file: String?) async throws -> String {
        var request = bucket.request(.PUT, BucketPath.script(name, of: bucket.id))
        request.body = .bytes(ByteBuffer(bytes: source))
        let response = try await bucket.send(request, .secretKey)
        guard response.isSuccess else {
            let failure = await bucket.failure(response)
            guard response.status == .badRequest, let file else { throw failure }
            throw CommandFailure(ErrorPlace.inFile(file, failure.description, script: name))
        }
        return request.url
    }

    func delete(_ name: String) async throws {
        _ = try await succeed(bucket.request(.DELETE, BucketPath.script(name, of: bucket.id)), script: name)
    }

    /// - Parameter name: the script's that must be there.
    private func succeed(_ request: HTTPClientRequest, script name: String) async throws -> HTTPClientResponse {
        let response = try await bucket.send(request, .secretKey)
        guard !response.isSuccess else { return response }
        let failure = await bucket.failure(response)
        guard failure.description == APIError.scriptNotFound.message else { throw failure }
        throw CommandFailure("there is no script \(name); 'kvick script list' lists them", failure.kind)
    }
}
