import NIOCore

@testable import HTTPServer

/// What became of bytes given to a parser, for comparison.
enum HeadOutcome: Equatable, CustomStringConvertible {
    struct Head: Equatable {
        var method: Method
        var path: String
        var query: String?
        var framing: BodyFraming
        var isPersistent: Bool
        var expectsContinue: Bool
        /// The number of bytes that the head and what was skipped before it took.
        var taken: Int
    }

    case head(Head)
    case incomplete
    case failure(ProtocolFailure)

    var description: String {
        switch self {
        case .head(let head): "\(head)"
        case .incomplete: "incomplete"
        case .failure(let failure): "\(failure)"
        }
    }

    var failure: ProtocolFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }

    var head: Head? {
        if case .head(let head) = self { head } else { nil }
    }

    /// Parses all bytes at once.
    init(whole bytes: [UInt8], maximumSize: Int = 32 * 1024) {
        var parser = RequestHeadParser(maximumSize: maximumSize)
        var buffer = ByteBuffer(bytes: bytes)
        self.init(count: bytes.count) { () throws(ProtocolFailure) in
            try parser.parse(&buffer).map { ($0, bytes.count - buffer.readableBytes) }
        }
    }

    /// Parses the bytes one at a time, up to the first outcome.
    init(bytewise bytes: [UInt8], maximumSize: Int = 32 * 1024) {
        var parser = RequestHeadParser(maximumSize: maximumSize)
        var buffer = ByteBuffer()
        self.init(count: bytes.count) { () throws(ProtocolFailure) in
            for (index, octet) in bytes.enumerated() {
                buffer.writeInteger(octet)
                if let head = try parser.parse(&buffer) { return (head, index + 1) }
            }
            return nil
        }
    }

    private init(count: Int, _ parse: () throws(ProtocolFailure) -> (RequestHead, Int)?) {
        do throws(ProtocolFailure) {
            guard let (head, taken) = try parse() else {
                self = .incomplete
                return
            }
            let request = Request(head: head, remoteAddress: nil)
            self = .head(
                Head(
                    method: head.method, path: request.path, query: request.query, framing: head.framing,
                    isPersistent: head.isPersistent, expectsContinue: head.expectsContinue, taken: taken))
        } catch {
            self = .failure(error)
        }
    }

    /// Parses text both ways; nil where the two outcomes differ.
    static func both(_ text: String, maximumSize: Int = 32 * 1024) -> HeadOutcome? {
        both(Array(text.utf8), maximumSize: maximumSize)
    }

    static func both(_ bytes: [UInt8], maximumSize: Int = 32 * 1024) -> HeadOutcome? {
        let whole = HeadOutcome(whole: bytes, maximumSize: maximumSize)
        return whole == HeadOutcome(bytewise: bytes, maximumSize: maximumSize) ? whole : nil
    }
}
