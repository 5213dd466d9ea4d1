import AsyncHTTPClient
import KOTAPI
import NIOCore

/// Requests to a server that serves KOT's API.
struct RemoteConnection: Sendable {
    /// The largest answer that is taken as a whole.
    private static let answerSizeMax = ByteSize(bytes: 256 << 20)
    private static let errorSizeMax = 64 << 10
    private static let errorLengthMax = 500

    let client: HTTPClient
    let server: ServerURL
    let password: String

    static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .minutes(5)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Posts `body`, or gets where there is none.
    ///
    /// - Returns: an answer of success, whose body is still to come.
    /// - Throws: a `RefusedRequest` or a `CommandFailure`.
    func response(
        _ path: String, _ body: RequestBody?, accept: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: server.description + path)
        request.setBasicAuth(username: "", password: password)
        if let accept { request.headers.add(name: "Accept", value: accept) }
        if let body {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body.bytes)
        }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw ConnectionFailure.failure(error, server: server)
        }
        guard (200..<300).contains(response.status.code) else { throw await failure(response) }
        return response
    }

    /// The whole answer, without a line end behind it.
    ///
    /// - Throws: a `RefusedRequest` or a `CommandFailure`.
    func answer(_ path: String, _ body: RequestBody?) async throws -> [UInt8] {
        try await bytes(of: response(path, body)).trimmingLineEnd()
    }

    /// Sends what answers with nothing but success.
    func command(_ path: String, _ body: RequestBody) async throws {
        _ = try await answer(path, body)
    }

    func integer(_ path: String, _ body: RequestBody) async throws -> Int? {
        let text = String(decoding: try await answer(path, body), as: UTF8.self)
        guard text != "null" else { return nil }
        guard let number = Int(text) else {
            throw CommandFailure("\(server) answered \(text.prefix(64)) where a number was due; is it a KOT server?")
        }
        return number
    }

    /// The body of `response`.
    func bytes(of response: HTTPClientResponse) async throws -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: Self.answerSizeMax.bytes).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw CommandFailure("the answer of \(server) is larger than \(Self.answerSizeMax); ask for less at once")
        } catch {
            throw ConnectionFailure.failure(error, server: server)
        }
    }

    /// What an answer says that is none of success.
    private func failure(_ response: HTTPClientResponse) async -> any Error {
        guard response.status.code != 401 else {
            return CommandFailure("the password is wrong; give it with --password or KVICK_KOT_PASSWORD")
        }
        let body = try? await response.body.collect(upTo: Self.errorSizeMax)
        let words = String(decoding: body?.readableBytesView ?? ByteBufferView(), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(Self.errorLengthMax)
        let text = words.isEmpty ? "\(server) answered \(response.status)" : String(words)
        let isRefusal = RefusedRequest.isRefusal(status: Int(response.status.code), text: text)
        return isRefusal ? RefusedRequest(description: text) : CommandFailure(text)
    }
}

extension [UInt8] {
    fileprivate func trimmingLineEnd() -> [UInt8] {
        last == UInt8(ascii: "\n") ? dropLast() : self
    }
}
