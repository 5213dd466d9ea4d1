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

    /// What a script may say of its answer. Others would speak for the whole origin, which other buckets share, as
    /// Set-Cookie and Clear-Site-Data do, or are how a message is framed.
    private static let scriptFields: Set<String> = [
        "allow", "cache-control", "content-disposition", "content-language", "content-security-policy", "content-type",
        "etag", "expires", "last-modified", "link", "location", "pragma", "referrer-policy", "retry-after", "vary",
    ]
    /// Fields of the `X-` kind that are not the script's own: the server adds the one, and proxies obey the others.
    private static let reservedFields: Set<String> = ["x-content-type-options", "x-sendfile"]

    private static func isAllowed(_ name: String) -> Bool {
        if scriptFields.contains(name) { return true }
        return name.hasPrefix("x-") && !name.hasPrefix("x-accel-") && !reservedFields.contains(name)
    }

    /// - Throws: 500 where a header field is not for scripts, or is there twice.
    static func script(_ answer: ScriptAnswer) throws(APIError) -> Response {
        var names: Set<String> = []
        for field in answer.fields {
            let name = field.name.lowercased()
            guard isAllowed(name) else {
                throw .scriptFailed(
                    "kvdb.header can't have \(field.name); fields of your own begin with x-, and docs/scripting.md lists the rest"
                )
            }
            guard names.insert(name).inserted else {
                throw .scriptFailed("kvdb.header has \(name) twice, in different letters; write it one way")
            }
        }
        let hasType = names.contains("content-type")
        let isText = hasType || String(validating: answer.output, as: UTF8.self) != nil
        var headers = ResponseHeaders(
            prepared: hasType ? scriptHeaders : isText ? scriptTextHeaders : scriptBinaryHeaders)
        for field in answer.fields {
            field.value.span.bytes.withUnsafeBytes { headers.add(field.name, bytes: $0) }
        }
        // A 205 has no content (RFC 9110 §15.3.6).
        let body = answer.status == 205 ? ByteBuffer() : ByteBuffer(bytes: answer.output)
        return Response(status: Status(code: answer.status), headers: headers, body: .bytes(body))
    }
}

extension APIError {
    /// The message with its script's name before it, as most have by themselves: `NAME:LINE: reason`.
    static func message(_ message: String, of script: [UInt8]) -> String {
        let name = String(decoding: script, as: UTF8.self)
        return message.hasPrefix(name + ":") ? message : "\(name): \(message)"
    }

    static func scriptFailed(_ message: String) -> APIError {
        APIError(status: .internalServerError, message: message)
    }

    /// - Parameters:
    ///   - limit: the one that was passed.
    ///   - amount: what a run may take of it.
    static func scriptExceeded(_ limit: RunLimit, _ amount: String) -> APIError {
        .scriptFailed(
            "limit \(limit.rawValue): the script took more than \(amount), and nothing that it wrote took effect")
    }
}
