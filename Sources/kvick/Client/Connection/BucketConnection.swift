import AsyncHTTPClient
import NIOHTTP1

/// Requests about one bucket of a running server.
struct BucketConnection: Sendable {
    let connection: RemoteConnection
    private let id: String
    private let key: String?

    init(_ connection: RemoteConnection, id: String, key: String?) {
        self.connection = connection
        self.id = id
        self.key = key
    }

    /// A request about the bucket itself, which is not sent yet.
    func request(_ method: HTTPMethod, _ query: QueryString = QueryString()) -> HTTPClientRequest {
        var request = connection.request(ScriptPath.bucket(id) + query.text)
        request.method = method
        return request
    }

    /// - Returns: an answer of any status but 401, whose body is still to come.
    func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let response = try await connection.send(request, key: key)
        guard response.status == .unauthorized else { return response }
        let words = await connection.words(of: response).prefix { $0 != ";" }
        throw CommandFailure("\(words); \(key == nil ? "give it as KVICK_KEY or with --key" : "check it")")
    }

    /// As `send`, for an answer of success.
    func succeed(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let response = try await send(request)
        guard response.isSuccess else { throw CommandFailure(await connection.words(of: response)) }
        return response
    }
}
