import AsyncHTTPClient
import KOTAPI

/// Requests to a server that serves KOT's API.
struct KOTConnection: Sendable {
    let connection: RemoteConnection
    let password: String

    var server: ServerURL { connection.server }

    /// Posts `body`, or gets where there is none.
    ///
    /// - Returns: an answer of success, whose body is still to come.
    /// - Throws: a `RefusedRequest` or a `CommandFailure`.
    func response(
        _ path: String, _ body: RequestBody?, accept: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = connection.request(path)
        request.setBasicAuth(username: "", password: password)
        if let accept { request.headers.add(name: "Accept", value: accept) }
        if let body {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body.bytes)
        }
        let response = try await connection.send(request)
        guard (200..<300).contains(response.status.code) else { throw await failure(response) }
        return response
    }

    /// The body of `response`.
    ///
    /// - Throws: a `CommandFailure` where it does not come whole.
    func bytes(of response: HTTPClientResponse) async throws -> [UInt8] {
        try await connection.bytes(of: response)
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

    /// What an answer says that is none of success.
    private func failure(_ response: HTTPClientResponse) async -> any Error {
        guard response.status.code != 401 else {
            return CommandFailure("the password is wrong; give it with --password or KVICK_KOT_PASSWORD")
        }
        let text = await connection.words(of: response)
        let isRefusal = RefusedRequest.isRefusal(status: Int(response.status.code), text: text)
        return isRefusal ? RefusedRequest(description: text) : CommandFailure(text)
    }
}

extension [UInt8] {
    fileprivate func trimmingLineEnd() -> [UInt8] {
        last == UInt8(ascii: "\n") ? dropLast() : self
    }
}
