import NIOCore

/// What a server listens on and where its patience ends.
public struct ServerConfiguration: Sendable {
    /// A name or an address; "0.0.0.0" and "::" stand for all.
    public var host = "127.0.0.1"
    /// 0 for any free port.
    public var port = 0
    /// What connections are encrypted with, and HTTP/2 is offered on; nil for plain HTTP/1.1.
    public var tls: ServerTLS?
    /// The most connections that are asked to wait for the server to accept them.
    public var backlog = 1024
    /// The most connections at a time; others get 503. Lowered where the process may not have as many file descriptors.
    public var maxConnections = 10_000

    /// The most bytes of a request line with its header fields, and of the trailer fields of a body.
    public var maxHeaderSize = 32 * 1024
    /// The most bytes of bodies that are on their way, in or out, or being answered, of all connections together and
    /// without those that came in one piece, small answers and streamed ones; a request past it gets 503. One client
    /// address may have half of it.
    public var maxBufferedBodies = 256 * 1024 * 1024
    /// The most time from a connection's start to the end of its TLS handshake.
    public var handshakeTimeout = TimeAmount.seconds(10)
    /// The most time from the first byte of a head to its last; from the connection's start for the first head.
    public var headerTimeout = TimeAmount.seconds(10)
    /// The most time that a connection may wait for its next request.
    public var idleTimeout = TimeAmount.seconds(75)
    /// The most time from the end of a head to the end of its body.
    public var requestTimeout = TimeAmount.seconds(300)
    /// The least rate of a body in bytes a second, and of an answer that the client takes.
    public var minBodyRate = 240
    /// The least rate, in bytes a second, of what a body has beyond its first 64 KiB.
    public var minLargeBodyRate = 16 * 1024
    /// The least rate, in bytes a second, at which a client must take an answer that counts in `maxBufferedBodies`; past
    /// the time for its size and `largeAnswerGrace`, at most `maxStreamDuration`, its connection is reset.
    public var minLargeAnswerRate = 64 * 1024
    /// The time that a client has for such an answer whatever its size.
    public var largeAnswerGrace = TimeAmount.seconds(30)
    /// The time before a body has to keep to `minBodyRate`.
    public var bodyGrace = TimeAmount.seconds(5)
    /// The most time that a client may take nothing of an answer, or send nothing of a body that was fast before.
    public var writeStallTimeout = TimeAmount.seconds(30)
    /// The most time that an answer with an end may be streamed for at less than `minLongStreamRate`, after which its
    /// connection is reset. Without it a client could hold a snapshot for days at the least rate.
    public var maxStreamDuration = TimeAmount.minutes(10)
    /// The least rate on average, in bytes a second, of an answer that is streamed for longer.
    public var minLongStreamRate = 1 << 20
    /// The most time, and the most bytes, that a connection is read from after its last answer, so that the client can
    /// read that answer before the connection is reset (RFC 9112 §9.6).
    public var lingerTimeout = TimeAmount.seconds(2)
    public var maxLingerSize = 32 * 1024 * 1024
    /// The most time that a shutdown waits for answers.
    public var shutdownGrace = TimeAmount.seconds(8)

    /// The most requests of one HTTP/2 connection at a time.
    public var maxConcurrentStreams = 100
    /// The proxies whose word is taken for who their clients are.
    public var trustedProxies = TrustedProxies()
    /// Where requests and connections are counted; that of one server alone.
    public var traffic = Traffic()
    /// Told of each request once it was answered; nil for nobody.
    public var exchangeLog: (any ExchangeLog)?

    /// Fields that every answer has, those to failures too.
    public var commonHeaders: PreparedHeaders?

    public init(host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        self.port = port
    }

    /// The most time that a client may take for an answer of so many bytes that counts in `maxBufferedBodies`.
    func largeAnswerTime(_ count: Int) -> TimeAmount {
        let nanoseconds = Double(count) / Double(max(minLargeAnswerRate, 1)) * 1e9
        guard nanoseconds < Double((maxStreamDuration - largeAnswerGrace).nanoseconds) else { return maxStreamDuration }
        return largeAnswerGrace + .nanoseconds(Int64(nanoseconds))
    }

    /// Whether an answer with an end may not be streamed for that time if only so many bytes of it were written.
    func isTooLong(_ time: TimeAmount, streaming count: Int) -> Bool {
        time > maxStreamDuration && Double(count) < Double(time.nanoseconds) / 1e9 * Double(minLongStreamRate)
    }

    /// How often connections are looked at for timeouts: often enough for the shortest one to be about right.
    var timeoutCheckInterval: TimeAmount {
        let shortest = min(
            handshakeTimeout, headerTimeout, idleTimeout, requestTimeout, bodyGrace, writeStallTimeout,
            largeAnswerGrace,
            maxStreamDuration, lingerTimeout)
        return min(max(.nanoseconds(shortest.nanoseconds / 10), .milliseconds(10)), .milliseconds(500))
    }
}
