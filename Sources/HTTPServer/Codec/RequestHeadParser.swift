import NIOCore

/// A parser of request heads that takes the bytes as they come and rejects what RFC 9112 allows to reject.
///
/// The outcome does not depend on how the bytes were cut into pieces.
package struct RequestHeadParser {
    /// The most bytes that a head may have, from the request line to the empty line.
    private let maximumSize: Int
    private var fields = HeadFields()
    /// The offset of the line that is not complete yet, and of the first byte not searched for its end.
    private var lineStart = 0
    private var searched = 0
    private var hasSkippedEmptyLine = false

    /// A parser of heads of at most `maximumSize` bytes.
    package init(maximumSize: Int) {
        self.maximumSize = maximumSize
    }

    /// The method of a head whose request line was read, even if what follows is rejected.
    var method: Method { fields.method }

    private enum Progress {
        case incomplete
        /// An empty line before the request line, which is to be ignored (RFC 9112 §2.2).
        case emptyLine
        case complete(count: Int)
        case failed(ProtocolFailure)
    }

    /// Takes a head from the front of `buffer`; nil if it is not there in whole yet, in which case the bytes stay.
    package mutating func parse(_ buffer: inout ByteBuffer) throws(ProtocolFailure) -> RequestHead? {
        while buffer.readableBytes > 0 {
            let progress = buffer.withUnsafeReadableBytes { advance(over: Span(_unsafeBytes: $0)) }
            switch progress {
            case .incomplete:
                return nil
            case .emptyLine:
                hasSkippedEmptyLine = true
                buffer.moveReaderIndex(forwardBy: 2)
            case .complete(let count):
                let framing = try framing()
                guard let bytes = buffer.readSlice(length: count) else { return nil }
                let head = RequestHead(bytes: bytes, fields: fields, framing: framing)
                self = RequestHeadParser(maximumSize: maximumSize)
                return head
            case .failed(let failure):
                throw failure
            }
        }
        return nil
    }

    private mutating func advance(over bytes: Span<UInt8>) -> Progress {
        do throws(ProtocolFailure) {
            if lineStart == 0, !bytes[0].isTokenCharacter {
                return try skipEmptyLine(bytes)
            }
            while let lineFeed = bytes.firstIndex(of: .lineFeed, from: searched) {
                guard lineFeed < maximumSize else { throw .headTooLarge }
                guard lineFeed > lineStart, bytes[lineFeed - 1] == .carriageReturn else { throw .malformedLineEnd }
                let line = bytes.extracting(lineStart..<lineFeed - 1)
                if lineStart == 0 {
                    try readRequestLine(line)
                    fields.fieldsStart = lineFeed + 1
                } else if line.isEmpty {
                    return .complete(count: lineFeed + 1)
                } else {
                    try readField(line)
                }
                lineStart = lineFeed + 1
                searched = lineStart
            }
            guard bytes.count <= maximumSize else { throw .headTooLarge }
            searched = bytes.count
            return .incomplete
        } catch {
            return .failed(error)
        }
    }

    private func skipEmptyLine(_ bytes: Span<UInt8>) throws(ProtocolFailure) -> Progress {
        guard bytes[0] == .carriageReturn, !hasSkippedEmptyLine else { throw .malformedRequestLine }
        guard bytes.count > 1 else { return .incomplete }
        guard bytes[1] == .lineFeed else { throw .malformedRequestLine }
        return .emptyLine
    }

    /// Reads `method SP request-target SP HTTP-version` (RFC 9112 §3).
    private mutating func readRequestLine(_ line: Span<UInt8>) throws(ProtocolFailure) {
        var methodEnd = 0
        while methodEnd < line.count, line[methodEnd].isTokenCharacter { methodEnd += 1 }
        guard methodEnd > 0, methodEnd < line.count, line[methodEnd] == .space else { throw .malformedRequestLine }
        let targetStart = methodEnd + 1
        guard let targetEnd = line.firstIndex(of: .space, from: targetStart) else { throw .malformedRequestLine }
        let version = line.extracting(targetEnd + 1..<line.count)
        guard version.count == 8, version.extracting(0..<5).hasBytes("HTTP/"), version[5].isDigit,
            version[6] == UInt8(ascii: "."), version[7].isDigit
        else { throw .malformedRequestLine }
        fields.method = Method(token: line.extracting(0..<methodEnd))
        let target = try RequestTarget(of: line, at: targetStart..<targetEnd, method: fields.method)
        fields.path = target.path.map { ByteRange($0) }
        fields.query = target.query.map { ByteRange($0) }
        switch (version[5], version[7]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): fields.version = .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): fields.version = .http10
        default: throw .unsupportedVersion
        }
    }

    private mutating func readField(_ line: Span<UInt8>) throws(ProtocolFailure) {
        let field = try FieldLine(line)
        fields.nameMarks |= HeaderName.mark(firstOctet: line[0], count: field.colon)
        switch field.colon {
        case 4 where line.extracting(0..<4).equalsIgnoringCase("host"):
            guard !fields.hasHost else { throw .repeatedHost }
            guard Authority.isValid(line.extracting(field.value)) else { throw .malformedHost }
            fields.hasHost = true
        case 6 where line.extracting(0..<6).equalsIgnoringCase("expect"):
            if line.extracting(field.value).equalsIgnoringCase("100-continue") {
                fields.expectsContinue = true
            } else {
                fields.hasOtherExpectation = true
            }
        case 10 where line.extracting(0..<10).equalsIgnoringCase("connection"):
            readConnectionOptions(line, field.value)
        case 14 where line.extracting(0..<14).equalsIgnoringCase("content-length"):
            guard fields.contentLength == nil else { throw .repeatedContentLength }
            fields.contentLength = try RequestHeadParser.contentLength(line.extracting(field.value))
        case 17 where line.extracting(0..<17).equalsIgnoringCase("transfer-encoding"):
            try readTransferCodings(line, field.value)
        default:
            break
        }
    }

    private mutating func readConnectionOptions(_ line: Span<UInt8>, _ value: Range<Int>) {
        var options = (close: false, keepAlive: false)
        line.forEachListElement(in: value) { element in
            options.close = options.close || line.extracting(element).equalsIgnoringCase("close")
            options.keepAlive = options.keepAlive || line.extracting(element).equalsIgnoringCase("keep-alive")
        }
        fields.asksToClose = fields.asksToClose || options.close
        fields.asksToKeepAlive = fields.asksToKeepAlive || options.keepAlive
    }

    private mutating func readTransferCodings(
        _ line: Span<UInt8>, _ value: Range<Int>
    ) throws(ProtocolFailure) {
        var found = (chunked: 0, others: 0, empty: 0)
        line.forEachListElement(in: value) { element in
            if element.isEmpty {
                found.empty += 1
            } else if line.extracting(element).equalsIgnoringCase("chunked") {
                found.chunked += 1
            } else {
                found.others += 1
            }
        }
        guard found.empty == 0 else { throw .malformedTransferEncoding }
        fields.hasTransferEncoding = true
        fields.chunkedCount += found.chunked
        fields.hasOtherTransferCoding = fields.hasOtherTransferCoding || found.others > 0
    }

    /// Digits alone, since "+5", "0x5" and "5, 5" are read differently by others on the way (RFC 9112 §6.3).
    private static func contentLength(_ digits: Span<UInt8>) throws(ProtocolFailure) -> Int {
        guard !digits.isEmpty else { throw .malformedContentLength }
        var length = 0
        for index in 0..<digits.count {
            let digit = digits[index]
            let (product, overflows) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(Int(digit &- 0x30))
            guard digit.isDigit, !overflows, !overflowsToo else { throw .malformedContentLength }
            length = sum
        }
        return length
    }

    /// The framing that the fields ask for together, once all are read.
    private func framing() throws(ProtocolFailure) -> BodyFraming {
        if fields.version == .http11 {
            guard fields.hasHost else { throw .missingHost }
            guard !fields.hasOtherExpectation else { throw .unsupportedExpectation }
        }
        guard fields.hasTransferEncoding else {
            guard let length = fields.contentLength, length > 0 else { return .none }
            return .length(length)
        }
        guard fields.contentLength == nil, fields.version == .http11 else { throw .ambiguousFraming }
        guard fields.chunkedCount <= 1 else { throw .malformedTransferEncoding }
        guard !fields.hasOtherTransferCoding else { throw .unsupportedTransferCoding }
        return .chunked
    }
}
