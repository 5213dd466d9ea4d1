import AsyncHTTPClient
import NIOCore

/// Requests to a running server.
struct RemoteConnection: Sendable {
    /// The largest answer that is taken as a whole.
    private static let answerSizeMax = ByteSize(bytes: 256 << 20)
    private static let errorSizeMax = 64 << 10

    let server: ServerURL
    private let client: HTTPClient

    /// Calls `body` with a connection to `server`, and closes it behind it.
    static func with<Result>(
        _ server: ServerURL, _ body: (RemoteConnection) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(RemoteConnection(server: server, client: client))
            try? await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .minutes(5)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// A GET of what is at `path` of the server, which is not sent yet.
    ///
    /// - Parameter path: with a slash before it, percent-encoded.
    func request(_ path: String) -> HTTPClientRequest {
        HTTPClientRequest(url: server.description + path)
    }

    /// - Returns: an answer of any status, whose body is still to come.
    /// - Throws: a `CommandFailure` where there is none.
    func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw ConnectionFailure.failure(error, server: server)
        }
    }

    /// The body of `response`.
    ///
    /// - Throws: a `CommandFailure` where it does not come whole.
    func bytes(of response: HTTPClientResponse) async throws -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: Self.answerSizeMax.bytes).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw CommandFailure("the answer of \(server) is larger than \(Self.answerSizeMax); ask for less at once")
        } catch {
            throw ConnectionFailure.failure(error, server: server)
        }
    }

    /// What an answer that is none of success says, on one line.
    func words(of response: HTTPClientResponse) async -> String {
        let body = try? await response.body.collect(upTo: Self.errorSizeMax)
        return AnswerWords.line(body?.readableBytesView ?? ByteBufferView()) ?? "\(server) answered \(response.status)"
    }
}
