import AsyncHTTPClient
import HTTPAPI
import KVdbAPI
import NIOCore

/// What may be done with a bucket's scripts by those who have its secret key.
struct ScriptManagement {
    private let connection: RemoteConnection
    private let bucket: String
    /// Nil where it was not given.
    private let key: String?

    init(connection: RemoteConnection, bucket: String, key: String?) {
        self.connection = connection
        self.bucket = bucket
        self.key = key
    }

    func list() async throws -> ScriptList {
        let response = try await succeed(connection.request(ScriptPath.list(of: bucket)))
        guard let list = ScriptList(try await connection.bytes(of: response)) else {
            throw CommandFailure("the answer of \(connection.server) is no list of scripts; is it a Kvick server?")
        }
        return list
    }

    func source(of name: String) async throws -> [UInt8] {
        let request = connection.request(ScriptPath.script(name, of: bucket) + "?source=true")
        return try await connection.bytes(of: succeed(request, script: name))
    }

    /// - Parameter file: where the source comes from, for errors in it; nil where it is no file.
    /// - Returns: the URL that runs it.
    func put(_ name: String, source: [UInt8], file: String?) async throws -> String {
        var request = connection.request(ScriptPath.script(name, of: bucket))
        request.method = .PUT
        request.body = .bytes(ByteBuffer(bytes: source))
        let response = try await send(request)
        guard response.isSuccess else {
            let words = await connection.words(of: response)
            guard response.status == .badRequest, let file else { throw CommandFailure(words) }
            throw CommandFailure(ErrorPlace.inFile(file, words, script: name))
        }
        return request.url
    }

    func delete(_ name: String) async throws {
        var request = connection.request(ScriptPath.script(name, of: bucket))
        request.method = .DELETE
        _ = try await succeed(request, script: name)
    }

    /// - Parameter name: the script's that must be there, if any.
    private func succeed(_ request: HTTPClientRequest, script name: String? = nil) async throws -> HTTPClientResponse {
        let response = try await send(request)
        guard !response.isSuccess else { return response }
        let words = await connection.words(of: response)
        guard let name, words == APIError.scriptNotFound.message else { throw CommandFailure(words) }
        throw CommandFailure("there is no script \(name); 'kvick script list' lists them")
    }

    /// Sends `request` with the key, for which a terminal asks where none was given and the server wants one.
    private func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let response = try await connection.send(request, key: key)
        guard response.status == .unauthorized else { return response }
        guard key == nil else {
            throw CommandFailure("this is not the bucket's secret key; check KVICK_KEY or --key")
        }
        guard let key = try SecretPrompt.ask("Secret key of \(bucket): ") else {
            throw CommandFailure("this needs the bucket's secret key; give it as KVICK_KEY or with --key")
        }
        let answer = try await connection.send(request, key: key)
        guard answer.status != .unauthorized else {
            throw CommandFailure("this is not the bucket's secret key; type it again")
        }
        return answer
    }
}
