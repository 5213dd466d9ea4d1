/// A request that never became one: it breaks the protocol, took too long or came when the server had no room for it.
/// The connection closes after the answer. Or a request whose own answer can't be given, after which it goes on.
public struct ProtocolFailure: Error, Hashable, Sendable {
    private enum Kind {
        case malformedRequestLine, malformedTarget, malformedField, malformedLineEnd, foldedField
        case malformedHTTP2
        case missingHost, repeatedHost, malformedHost
        case malformedContentLength, repeatedContentLength, ambiguousFraming, malformedTransferEncoding
        case unsupportedTransferCoding, unsupportedVersion, unsupportedExpectation, headTooLarge
        case malformedChunk, excessiveChunkOverhead, framingInTrailers
        case notEncrypted
        case headTimeout, bodyTimeout, tooManyConnections, tooManyBodies, shuttingDown
        case handlerFailed, tooManyAnswers, answerDropped
    }

    private let kind: Kind

    static let malformedRequestLine = ProtocolFailure(kind: .malformedRequestLine)
    static let malformedTarget = ProtocolFailure(kind: .malformedTarget)
    static let malformedField = ProtocolFailure(kind: .malformedField)
    static let malformedLineEnd = ProtocolFailure(kind: .malformedLineEnd)
    static let malformedHTTP2 = ProtocolFailure(kind: .malformedHTTP2)
    static let foldedField = ProtocolFailure(kind: .foldedField)
    static let missingHost = ProtocolFailure(kind: .missingHost)
    static let repeatedHost = ProtocolFailure(kind: .repeatedHost)
    static let malformedHost = ProtocolFailure(kind: .malformedHost)
    static let malformedContentLength = ProtocolFailure(kind: .malformedContentLength)
    static let repeatedContentLength = ProtocolFailure(kind: .repeatedContentLength)
    static let ambiguousFraming = ProtocolFailure(kind: .ambiguousFraming)
    static let malformedTransferEncoding = ProtocolFailure(kind: .malformedTransferEncoding)
    static let unsupportedTransferCoding = ProtocolFailure(kind: .unsupportedTransferCoding)
    static let unsupportedVersion = ProtocolFailure(kind: .unsupportedVersion)
    static let unsupportedExpectation = ProtocolFailure(kind: .unsupportedExpectation)
    static let headTooLarge = ProtocolFailure(kind: .headTooLarge)
    static let malformedChunk = ProtocolFailure(kind: .malformedChunk)
    static let excessiveChunkOverhead = ProtocolFailure(kind: .excessiveChunkOverhead)
    static let framingInTrailers = ProtocolFailure(kind: .framingInTrailers)
    /// Plain HTTP where TLS is spoken.
    static let notEncrypted = ProtocolFailure(kind: .notEncrypted)
    static let headTimeout = ProtocolFailure(kind: .headTimeout)
    static let bodyTimeout = ProtocolFailure(kind: .bodyTimeout)
    static let tooManyConnections = ProtocolFailure(kind: .tooManyConnections)
    static let tooManyBodies = ProtocolFailure(kind: .tooManyBodies)
    static let shuttingDown = ProtocolFailure(kind: .shuttingDown)
    static let handlerFailed = ProtocolFailure(kind: .handlerFailed)
    static let tooManyAnswers = ProtocolFailure(kind: .tooManyAnswers)
    /// There is no room for the answer to a request that may have changed something.
    static let answerDropped = ProtocolFailure(kind: .answerDropped)

    /// The status that the answer should have.
    public var status: Status {
        switch kind {
        case .malformedRequestLine, .malformedTarget, .malformedField, .malformedLineEnd, .foldedField, .missingHost,
            .malformedHTTP2, .repeatedHost, .malformedHost, .malformedContentLength, .repeatedContentLength,
            .ambiguousFraming,
            .malformedTransferEncoding, .malformedChunk, .excessiveChunkOverhead, .framingInTrailers, .notEncrypted:
            .badRequest
        case .unsupportedTransferCoding: .notImplemented
        case .unsupportedVersion: .httpVersionNotSupported
        case .unsupportedExpectation: .expectationFailed
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .headTimeout, .bodyTimeout: .requestTimeout
        case .tooManyConnections, .tooManyBodies, .shuttingDown, .tooManyAnswers, .answerDropped: .serviceUnavailable
        case .handlerFailed: .internalServerError
        }
    }

    /// Seconds after which to try again, which the server says in Retry-After.
    var retryAfter: Int? { status == .serviceUnavailable && kind != .answerDropped ? 1 : nil }

    /// Whether the request was handed to the handler, and so did become one.
    var isOfHandledRequest: Bool {
        switch kind {
        case .handlerFailed, .tooManyAnswers, .answerDropped: true
        default: false
        }
    }

    /// One line that says what is wrong and what to do.
    public var message: String {
        switch kind {
        case .malformedRequestLine: "malformed request line; send METHOD SP target SP HTTP/1.1 CRLF"
        case .malformedTarget: "malformed request target; send a path that begins with / and percent-encode the rest"
        case .malformedField: "malformed header field; send name: value, with no control characters"
        case .malformedLineEnd: "malformed line end; end each line with CR LF"
        case .malformedHTTP2:
            "malformed request of HTTP/2; send the fields that RFC 9113 asks for, and as much as is declared"
        case .foldedField: "a header field goes on over two lines; send it on one"
        case .missingHost: "no Host header field; send one"
        case .repeatedHost: "more than one Host header field; send one"
        case .malformedHost: "malformed host; send host or host:port"
        case .malformedContentLength: "malformed Content-Length; send a decimal number of bytes"
        case .repeatedContentLength: "more than one Content-Length; send one"
        case .ambiguousFraming: "Transfer-Encoding with Content-Length or in HTTP/1.0; send Content-Length alone"
        case .malformedTransferEncoding: "malformed Transfer-Encoding; send chunked, once"
        case .unsupportedTransferCoding: "unsupported transfer coding; send chunked or a Content-Length"
        case .unsupportedVersion: "unsupported HTTP version; send HTTP/1.1"
        case .unsupportedExpectation: "unsupported expectation; send Expect: 100-continue or none"
        case .headTooLarge: "the request line and header fields are too large; send fewer or shorter ones"
        case .malformedChunk: "malformed chunk; send its size in hexadecimal, CR LF, the data, CR LF"
        case .excessiveChunkOverhead: "too many bytes of chunk framing; send larger chunks without extensions"
        case .framingInTrailers: "Content-Length or Transfer-Encoding in a trailer; send it in the header"
        case .notEncrypted: "this port speaks TLS; use https://"
        case .headTimeout: "the request's header took too long to arrive; send it again"
        case .bodyTimeout: "the request's body took too long to arrive; send it again"
        case .tooManyConnections: "too many connections; try again later"
        case .tooManyBodies: "the server holds too many request bodies; try again later"
        case .shuttingDown: "the server is shutting down; send the request again"
        case .handlerFailed: "the server failed to answer; try again later"
        case .tooManyAnswers: "the server holds too many answers; try again later"
        case .answerDropped:
            "the server has no room for the answer; the request was carried out, so don't just repeat it"
        }
    }
}

extension ProtocolFailure: CustomStringConvertible {
    public var description: String { message }
}
