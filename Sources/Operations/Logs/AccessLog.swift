import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore

/// Writes a line of JSON for each request once it was answered.
public struct AccessLog: ExchangeLog {
    /// The most bytes of each text that a client sends; what is longer is cut.
    private static let textSizeMax = 1024

    private let output: LineOutput
    private let clock: @Sendable () -> Timestamp
    private let loggedTarget: @Sendable (Request) -> String

    /// - Parameter loggedTarget: the path and the query of a request without what must not be written down.
    public init(
        to output: LineOutput, clock: @escaping @Sendable () -> Timestamp = Timestamp.now,
        loggedTarget: @escaping @Sendable (Request) -> String
    ) {
        self.output = output
        self.clock = clock
        self.loggedTarget = loggedTarget
    }

    public func summary(of request: Request) -> RequestSummary {
        RequestSummary(
            method: request.method.name.cut(toBytes: Self.textSizeMax),
            target: loggedTarget(request).cut(toBytes: Self.textSizeMax),
            userAgent: request.header(.userAgent)?.cut(toBytes: Self.textSizeMax))
    }

    public func record(_ exchange: Exchange) {
        output.write(line(exchange))
    }

    func line(_ exchange: Exchange) -> ByteBuffer {
        var json = JSONWriter()
        json.raw(#"{"time":"#)
        json.string(RFC3339.text(milliseconds: clock().milliseconds))
        if let address = exchange.address { json.member(#","client":"#, address.description) }
        if let request = exchange.request {
            json.member(#","method":"#, request.method)
            json.member(#","target":"#, request.target)
        }
        json.member(#","route":"#, exchange.kind)
        if let status = exchange.status {
            json.raw(#","status":"#)
            json.integer(Int64(status.code))
        }
        json.raw(#","bytes":"#)
        json.integer(Int64(exchange.bodySize))
        json.raw(#","seconds":"#)
        json.buffer.writeString("\(Double(exchange.duration.nanoseconds) / 1e9)")
        if !exchange.isComplete { json.raw(#","cut":true"#) }
        if let agent = exchange.request?.userAgent { json.member(#","user_agent":"#, agent) }
        json.raw("}\n")
        return json.buffer
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ text: String) {
        raw(name)
        loggedString(text)
    }
}

extension HeaderName {
    fileprivate static let userAgent = HeaderName("user-agent")
}
