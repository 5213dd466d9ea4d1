import NIOCore

/// A decoder of the chunked transfer coding (RFC 9112 §7.1) that takes the bytes as they come.
///
/// Trailer fields are validated and dropped. The outcome does not depend on how the bytes were cut into pieces.
package struct ChunkedDecoder {
    private enum State {
        case size(Int, digits: Int)
        case extensions
        case sizeLineFeed
        case data(remaining: Int)
        case dataCarriageReturn
        case dataLineFeed
        case trailers
        case complete
    }

    enum Progress {
        case incomplete
        case complete
        /// A chunk goes past the limit of the whole body.
        case tooLarge
    }

    /// The most digits of a chunk size; 15 can't overflow an `Int`.
    private static let maximumSizeDigits = 15
    /// Bytes of framing that a body may have beyond eight for each byte of data.
    private static let framingAllowance = 16 * 1024

    private let sizeLimit: Int
    private var state = State.size(0, digits: 0)
    private var size = 0
    private var decoded = 0
    private var framingSize = 0
    private var extensions = ChunkExtensions()
    private var trailers: TrailerSection
    private(set) var body = ByteBuffer()

    /// A decoder of a body of at most `sizeLimit` bytes of data and `maximumTrailerSize` bytes of trailer fields.
    package init(sizeLimit: Int, maximumTrailerSize: Int) {
        self.sizeLimit = sizeLimit
        self.trailers = TrailerSection(maximumSize: maximumTrailerSize)
    }

    /// Takes what belongs to the body from the front of `input`.
    mutating func decode(_ input: inout ByteBuffer) throws(ProtocolFailure) -> Progress {
        while true {
            switch state {
            case .complete:
                return .complete
            case .data(let remaining):
                guard takeData(remaining, from: &input) else { return .incomplete }
            case .trailers:
                guard try trailers.parse(&input) else { return .incomplete }
                state = .complete
            default:
                guard let octet: UInt8 = input.readInteger() else { return .incomplete }
                framingSize += 1
                let allowance = decoded.multipliedReportingOverflow(by: 8)
                guard allowance.overflow || framingSize - ChunkedDecoder.framingAllowance <= allowance.partialValue
                else {
                    throw .excessiveChunkOverhead
                }
                guard try takeFraming(octet) else { return .tooLarge }
            }
        }
    }

    /// Moves what is there of a chunk's data to the body; false if more is to come.
    private mutating func takeData(_ remaining: Int, from input: inout ByteBuffer) -> Bool {
        let count = min(remaining, input.readableBytes)
        if count > 0 {
            // The first piece of a body is taken without a copy, which does for a body of one chunk.
            if body.readableBytes == 0, let slice = input.readSlice(length: count) {
                body = slice
            } else if var slice = input.readSlice(length: count) {
                body.writeBuffer(&slice)
            }
            decoded += count
        }
        state = count == remaining ? .dataCarriageReturn : .data(remaining: remaining - count)
        return count == remaining
    }

    /// Takes one octet of framing; false if the chunk that it begins is too large.
    private mutating func takeFraming(_ octet: UInt8) throws(ProtocolFailure) -> Bool {
        switch state {
        case .size(let size, let digits):
            try takeSize(octet, size: size, digits: digits)
        case .extensions:
            if try extensions.take(octet) { state = .sizeLineFeed }
        case .sizeLineFeed:
            guard octet == .lineFeed else { throw .malformedChunk }
            guard size <= sizeLimit - decoded else { return false }
            state = size == 0 ? .trailers : .data(remaining: size)
        case .dataCarriageReturn:
            guard octet == .carriageReturn else { throw .malformedChunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard octet == .lineFeed else { throw .malformedChunk }
            state = .size(0, digits: 0)
        case .data, .trailers, .complete:
            break
        }
        return true
    }

    private mutating func takeSize(_ octet: UInt8, size: Int, digits: Int) throws(ProtocolFailure) {
        if let digit = octet.hexadecimalValue {
            guard digits < ChunkedDecoder.maximumSizeDigits else { throw .malformedChunk }
            state = .size(size << 4 | Int(digit), digits: digits + 1)
            return
        }
        guard digits > 0 else { throw .malformedChunk }
        self.size = size
        switch octet {
        case .carriageReturn:
            state = .sizeLineFeed
        case UInt8(ascii: ";"), .space, .tab:
            state = .extensions
            _ = try extensions.take(octet)
        default:
            throw .malformedChunk
        }
    }
}
