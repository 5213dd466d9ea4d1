import Foundation
import Testing

/// Sends one request on a connection of its own.
struct Client: Sendable {
    let port: Int

    @discardableResult
    func send(
        _ method: String, _ target: String, _ headers: [(String, String)] = [], body: [UInt8]? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> HTTPResponse {
        let connection = try Connection(port: port)
        try connection.write(Self.request(method, target, headers + [("Connection", "close")], body: body))
        let response = try connection.readResponse(toHead: method == "HEAD")
        // These clients run in browsers, so there is no answer without this.
        #expect(
            response["Access-Control-Allow-Origin"] == "*", "\(method) \(target)", sourceLocation: sourceLocation)
        return response
    }

    /// A request's bytes.
    static func request(
        _ method: String, _ target: String, _ headers: [(String, String)] = [], body: [UInt8]? = nil
    ) -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: kvick.test\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }

    @discardableResult
    func get(
        _ target: String, _ headers: [(String, String)] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> HTTPResponse {
        try send("GET", target, headers, sourceLocation: sourceLocation)
    }

    @discardableResult
    func put(
        _ target: String, _ value: String, _ headers: [(String, String)] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> HTTPResponse {
        try send("PUT", target, headers, body: Array(value.utf8), sourceLocation: sourceLocation)
    }

    @discardableResult
    func patch(
        _ target: String, _ value: String, _ headers: [(String, String)] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> HTTPResponse {
        try send("PATCH", target, headers, body: Array(value.utf8), sourceLocation: sourceLocation)
    }

    @discardableResult
    func delete(
        _ target: String, _ headers: [(String, String)] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> HTTPResponse {
        try send("DELETE", target, headers, sourceLocation: sourceLocation)
    }

    /// Makes a bucket with the settings of a form, and gives its path, as `/N7cmQg1DwZbADh2Hu3NncF`.
    func makeBucket(_ form: String = "email=user@example.com") throws -> String {
        let response = try send("POST", "/", body: Array(form.utf8))
        guard response.status == 200 else { throw HarnessError("no bucket: \(response.status) \(response.text)") }
        return "/" + response.text
    }
}

/// Header fields that carry a key.
enum Authorization {
    static func basic(_ key: String) -> (String, String) {
        ("Authorization", "Basic " + Data("\(key):".utf8).base64EncodedString())
    }

    static func bearer(_ key: String) -> (String, String) {
        ("Authorization", "Bearer \(key)")
    }
}

/// Writes a byte string as a part of a path, with no letter left as it is.
func percentEncoded(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
    }.joined()
}
