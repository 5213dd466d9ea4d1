import NIOCore

/// An answer to a request.
///
/// The server itself adds Date, Content-Length or Transfer-Encoding, and Connection.
public struct Response: Sendable {
    public enum Body: Sendable {
        case empty
        case bytes(ByteBuffer)
        case stream(any BodyStream)

        /// The number of bytes that are there, without those of a stream.
        var knownSize: Int {
            if case .bytes(let bytes) = self { bytes.readableBytes } else { 0 }
        }

        /// Tells a stream that nobody will take it.
        func cancel() {
            if case .stream(let stream) = self { stream.cancel() }
        }
    }

    public var status: Status
    public var headers: ResponseHeaders
    /// The body as for a GET: the server leaves it out where the method or the status has none.
    public var body: Body

    public init(status: Status, headers: ResponseHeaders = ResponseHeaders(), body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A long body, pulled a piece at a time: the next piece is asked for only when the client has taken most of the last.
public protocol BodyStream: Sendable {
    /// The number of bytes of all pieces; nil where it is not known, which makes the body chunked or, for HTTP/1.0,
    /// ended by the end of the connection. A body that turns out shorter or longer ends the connection abruptly.
    var length: Int? { get }

    /// The stream has no end of its own, and no length, such as one of events. It may go on for as long as the client
    /// takes what it is given, and a shutdown ends it at once, in good order, where it waits for other answers.
    var isEndless: Bool { get }

    /// The next piece, nil at the end. Called on `eventLoop`, which must not be blocked; never while another piece is
    /// awaited. A failure ends the connection abruptly, so that the client sees that the body was cut.
    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?>

    /// Called once on the connection's event loop, perhaps while a piece is awaited, if no more pieces will be taken
    /// because the client went away, has no use for a body or the server stops; never after nil or a failure was given.
    func cancel()
}

extension BodyStream {
    public var isEndless: Bool { false }
}
