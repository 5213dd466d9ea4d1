import NIOCore

@testable import HTTPServer

/// The requests that the bytes of a connection hold, as one of their readers has them.
struct RequestStream: Equatable {
    struct Field: Equatable {
        var name: String
        var value: String
    }

    struct Request: Equatable {
        var method: String
        /// The path and query.
        var target: String
        var isHTTP11: Bool
        var fields: [Field]
        var body: [UInt8]
        /// The number of the connection's bytes up to the request's last.
        var end: Int
    }

    enum End: Equatable {
        /// The bytes behind the last request, if any, may become another.
        case open
        /// The last request said that none follows.
        case closed
        case bodyTooLarge
        case rejected(String)
    }

    var requests: [Request] = []
    var end = End.open

    /// Calls `take` with the bytes up to each of the offsets and then with the rest, while the stream is open.
    mutating func forEachPiece(
        of bytes: [UInt8], cutAt offsets: [Int], _ take: (inout RequestStream, ArraySlice<UInt8>) -> Void
    ) {
        var given = 0
        for offset in offsets + [bytes.count] where offset > given && offset <= bytes.count && end == .open {
            take(&self, bytes[given..<offset])
            given = offset
        }
    }
}

// MARK: - Kvick's reader

extension RequestStream {
    /// What this server's codec reads in bytes that come in pieces, cut at these offsets.
    init(
        _ bytes: [UInt8], cutAt offsets: [Int] = [], headSizeLimit: Int = 32 * 1024, bodySizeLimit: Int = 1_000_000
    ) {
        var reader = CodecReader(headSizeLimit: headSizeLimit, bodySizeLimit: bodySizeLimit)
        forEachPiece(of: bytes, cutAt: offsets) { stream, piece in reader.take(piece, into: &stream) }
    }
}

/// The codec's parts put together as a connection does it.
private struct CodecReader {
    private let headSizeLimit: Int
    private let bodySizeLimit: Int
    private var input = ByteBuffer()
    private var parser: RequestHeadParser
    private var head: RequestHead?
    private var decoder = BodyDecoder(length: 0)
    private var given = 0

    init(headSizeLimit: Int, bodySizeLimit: Int) {
        self.headSizeLimit = headSizeLimit
        self.bodySizeLimit = bodySizeLimit
        self.parser = RequestHeadParser(maximumSize: headSizeLimit)
    }

    mutating func take(_ piece: ArraySlice<UInt8>, into stream: inout RequestStream) {
        input.writeBytes(piece)
        given += piece.count
        do throws(ProtocolFailure) {
            while stream.end == .open, try step(&stream) {}
        } catch {
            stream.end = .rejected(error.message)
        }
    }

    /// False if more bytes are needed.
    private mutating func step(_ stream: inout RequestStream) throws(ProtocolFailure) -> Bool {
        guard let head else {
            guard let head = try parser.parse(&input) else { return false }
            switch head.framing {
            case .length(let length) where length > bodySizeLimit: stream.end = .bodyTooLarge
            case .none: decoder = BodyDecoder(length: 0)
            case .length(let length): decoder = BodyDecoder(length: length)
            case .chunked:
                decoder = BodyDecoder(
                    chunked: ChunkedDecoder(sizeLimit: bodySizeLimit, maximumTrailerSize: headSizeLimit))
            }
            self.head = head
            return true
        }
        switch try decoder.decode(&input) {
        case .incomplete: return false
        case .tooLarge: stream.end = .bodyTooLarge
        case .complete(let body):
            let request = Request(head: head, body: body, remoteAddress: nil)
            stream.requests.append(RequestStream.Request(request, end: given - input.readableBytes))
            if !head.isPersistent { stream.end = .closed }
            self.head = nil
        }
        return true
    }
}

extension RequestStream.Request {
    fileprivate init(_ request: Request, end: Int) {
        method = request.method.name
        target = request.query.map { "\(request.path)?\($0)" } ?? request.path
        isHTTP11 = request.head.version == .http11
        fields = []
        body = Array(request.body.readableBytesView)
        self.end = end
        request.forEachHeader { name, value in
            fields.append(
                RequestStream.Field(
                    name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
        }
    }
}
