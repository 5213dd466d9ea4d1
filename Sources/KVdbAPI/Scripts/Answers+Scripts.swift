import HTTPAPI
import HTTPServer
import LuaScripting
import NIOCore

extension Answers {
    /// Keeps a page that a script writes from acting as this origin, on which the keys of other buckets are typed
    /// (Content Security Policy Level 3 §6.2.2).
    private static let scriptSandbox = (
        "Content-Security-Policy",
        """
        sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts \
        allow-top-navigation-by-user-activation
        """
    )
    private static let scriptHeaders = PreparedHeaders([noSniffing, scriptSandbox])
    private static let scriptTextHeaders = prepared("text/plain; charset=utf-8", [scriptSandbox])
    private static let scriptBinaryHeaders = prepared("application/octet-stream", [scriptSandbox])

    /// What a script must leave to the server: how the message is framed, and what is on every answer of the server.
    private static let reservedFields: Set<String> = [
        "connection", "content-length", "date", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "x-content-type-options", "access-control-allow-origin", "access-control-expose-headers",
        "access-control-allow-credentials", "service-worker-allowed",
    ]

    /// - Throws: 500 where a header field is the server's own.
    static func script(_ answer: ScriptAnswer) throws(APIError) -> Response {
        let reserved = answer.fields.first { reservedFields.contains($0.name.lowercased()) }
        if let reserved {
            throw .scriptFailed("kvdb.header can't have \(reserved.name), which is the server's; take it out")
        }
        let hasType = answer.fields.contains { $0.name.lowercased() == "content-type" }
        let isText = hasType || String(validating: answer.output, as: UTF8.self) != nil
        var headers = ResponseHeaders(
            prepared: hasType ? scriptHeaders : isText ? scriptTextHeaders : scriptBinaryHeaders)
        for field in answer.fields {
            field.value.span.bytes.withUnsafeBytes { headers.add(field.name, bytes: $0) }
        }
        return Response(
            status: Status(code: answer.status), headers: headers, body: .bytes(ByteBuffer(bytes: answer.output)))
    }
}

extension APIError {
    static func scriptFailed(_ message: String) -> APIError {
        APIError(status: .internalServerError, message: message)
    }

    /// - Parameters:
    ///   - limit: its name.
    ///   - amount: what a run may take of it.
    static func scriptExceeded(_ limit: String, _ amount: String) -> APIError {
        .scriptFailed("limit \(limit): the script took more than \(amount), and nothing that it wrote took effect")
    }
}
