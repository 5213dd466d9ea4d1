import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

/// The answers that only this API gives.
extension Answers {
    private static let sandbox = ("Content-Security-Policy", "sandbox")
    private static let value = PreparedHeaders([noSniffing, sandbox])
    private static let textValue = prepared("text/plain; charset=utf-8", [sandbox])
    private static let binaryValue = prepared("application/octet-stream", [sandbox])
    private static let jsonLines = prepared("application/jsonl")
    // A proxy that kept events back until there are many would make them late.
    private static let eventStream = prepared(
        "text/event-stream", [("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")])

    /// Added to every answer of the server: these clients run in browsers.
    static let crossOrigin: [(String, String)] = [
        ("Access-Control-Allow-Origin", "*"),
        (
            "Access-Control-Expose-Headers",
            "ETag, Retry-After, X-Key-Count, X-Next-After, X-Ratelimit-Limit, X-Ratelimit-Remaining, X-Ratelimit-Reset"
        ),
    ]

    static let done = Response(status: .ok)

    /// A bucket's settings, with true or false in the place of each key, which no cache may keep.
    static func settings(of bucket: Namespace) -> Response {
        var body = JSONWriter()
        body.raw(#"{"id":"#)
        bucket.name.withUnsafeBytes { body.bytes($0, isUTF8: true) }
        body.raw(#","email":"#)
        if let email = bucket.settings.email { body.string(email) } else { body.raw("null") }
        body.raw(#","default_ttl":"#)
        body.integer(bucket.settings.defaultTimeToLive.milliseconds / 1000)
        let keys: [(StaticString, Bool)] = [
            ("secret_key", bucket.givenRoles.contains(.secret)), ("read_key", bucket.givenRoles.contains(.read)),
            ("write_key", bucket.givenRoles.contains(.write)),
            ("signing_key", bucket.settings.accessKeys.hasSigning),
        ]
        for (name, isSet) in keys {
            body.raw(",\"")
            body.raw(name)
            body.raw(isSet ? "\":true" : "\":false")
        }
        body.raw("}")
        var response = json(body.buffer)
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    /// After a key was written: its version.
    static func written(_ revision: Revision) -> Response {
        var headers = ResponseHeaders()
        headers.add(entityTag: revision.rawValue)
        return Response(status: .ok, headers: headers)
    }

    /// After an increment: the number, and the key's version.
    static func number(_ number: Number, _ revision: Revision) -> Response {
        var response = text(number.text)
        response.headers.add(entityTag: revision.rawValue)
        return response
    }

    /// A key's value, or what the condition makes of it (RFC 9110 §13.2.1).
    static func value(_ record: RecordView, if condition: Precondition) -> Result<Response, APIError> {
        switch condition.failure(at: record.revision) {
        case nil:
            .success(value(record))
        case .match:
            .success(notModified(record.revision))
        case .noMatch:
            .failure(.preconditionFailed(Precondition.message(.noMatch, at: record.revision), at: record.revision))
        }
    }

    /// The list of a bucket's scripts, at whose path those who would rather have HTML get a page.
    static func scripts(_ list: ByteBuffer) -> Response {
        var response = json(list)
        response.headers.add("Vary", "Accept")
        return response
    }

    /// A script's source, or what the condition makes of it.
    static func source(_ script: Script, if condition: Precondition) throws(APIError) -> Response {
        switch condition.failure(at: script.revision) {
        case nil:
            var headers = ResponseHeaders(prepared: textHeaders)
            headers.add(entityTag: script.revision.rawValue)
            return Response(status: .ok, headers: headers, body: .bytes(ByteBuffer(bytes: script.source)))
        case .match:
            return notModified(script.revision)
        case .noMatch:
            throw .preconditionFailed(
                Precondition.message(.noMatch, of: .script, at: script.revision), at: script.revision)
        }
    }

    private static func notModified(_ revision: Revision) -> Response {
        var response = written(revision)
        response.status = .notModified
        return response
    }

    /// With fields that keep a stored page from acting on this origin.
    private static func value(_ record: RecordView) -> Response {
        let prepared = record.contentType.isEmpty ? (record.isUTF8 ? textValue : binaryValue) : value
        var headers = ResponseHeaders(prepared: prepared)
        headers.reserveCapacity(ResponseHeaders.entityTagSize + record.contentType.count + 32 + record.value.count)
        headers.add(entityTag: record.revision.rawValue)
        if !record.contentType.isEmpty { headers.add("Content-Type", bytes: record.contentType) }
        let body = headers.copy(body: record.value)
        return Response(status: .ok, headers: headers, body: .bytes(body))
    }

    /// An access token, which no cache may keep.
    static func token(_ token: String, in form: Accept.Form) -> Response {
        var response = form == .json ? json(#"{"access_token":"\#(token)"}"#) : text(token)
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    /// - Parameter count: how many entries the body has, where that is to be told.
    static func list(_ format: ListFormat, nextAfter: [UInt8]?, count: Int?, body: Response.Body) -> Response {
        let prepared =
            switch format {
            case .text: textHeaders
            case .json: jsonHeaders
            case .jsonLines, .export: jsonLines
            }
        var headers = ResponseHeaders(prepared: prepared)
        if let count { headers.add("X-Key-Count", String(count)) }
        if let nextAfter { headers.add("X-Next-After", PercentEncoding.encode(nextAfter)) }
        return Response(status: .ok, headers: headers, body: body)
    }

    static func events(_ stream: some BodyStream) -> Response {
        Response(status: .ok, headers: ResponseHeaders(prepared: eventStream), body: .stream(stream))
    }
}
