import HTTPServer
import NIOCore

/// The answers that the APIs have in common, with the header fields of each kind encoded once.
package enum Answers {
    /// Keeps a browser from taking an answer for something else than its media type says.
    package static let noSniffing = ("X-Content-Type-Options", "nosniff")
    package static let textHeaders = prepared("text/plain; charset=utf-8")
    package static let jsonHeaders = prepared("application/json")

    /// Header fields for bodies of this media type, and others behind them.
    package static func prepared(_ mediaType: String, _ others: [(String, String)] = []) -> PreparedHeaders {
        PreparedHeaders([("Content-Type", mediaType), noSniffing] + others)
    }

    package static func text(_ text: String, status: Status = .ok) -> Response {
        Response(
            status: status, headers: ResponseHeaders(prepared: textHeaders), body: .bytes(ByteBuffer(string: text)))
    }

    package static func json(_ text: String, status: Status = .ok) -> Response {
        json(ByteBuffer(string: text), status: status)
    }

    package static func json(_ body: ByteBuffer, status: Status = .ok) -> Response {
        Response(status: status, headers: ResponseHeaders(prepared: jsonHeaders), body: .bytes(body))
    }

    /// One line of text, or `{"error":"…"}` where the request asks for JSON.
    package static func error(_ error: APIError, to request: Request) -> Response {
        Self.error(error, in: Accept.form(request))
    }

    /// As the other, in a form that was picked before; nil is text.
    package static func error(_ error: APIError, in form: Accept.Form?) -> Response {
        var response: Response
        if form == .json {
            var body = JSONWriter()
            body.raw(#"{"error":"#)
            body.string(error.message)
            body.raw("}")
            response = json(body.buffer, status: error.status)
        } else {
            response = text(error.message + "\n", status: error.status)
        }
        for (name, value) in error.fields { response.headers.add(name, value) }
        return response
    }

    /// The answer to a request past a rate limit, which adds its own fields to it.
    package static func tooManyRequests(_ request: Request, retryAfter seconds: Int) -> Response {
        error(
            APIError(
                status: .tooManyRequests,
                message: "too many requests from this address; try again in \(seconds) seconds"),
            to: request)
    }

    /// What a browser asks before it sends a request of another origin (Fetch standard, "CORS-preflight fetch").
    package static func preflight(allowing methods: String) -> Response {
        var headers = ResponseHeaders(prepared: nil)
        headers.add("Allow", methods)
        headers.add("Access-Control-Allow-Methods", methods)
        headers.add(
            "Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID")
        headers.add("Access-Control-Max-Age", "86400")
        return Response(status: .ok, headers: headers)
    }
}
