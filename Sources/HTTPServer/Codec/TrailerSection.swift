import NIOCore

/// A parser of the trailer section behind the last chunk, up to and with its empty line (RFC 9112 §7.1.2).
///
/// The fields are held to the rules of header fields and dropped: nothing in this server may come from a trailer.
struct TrailerSection {
    private enum Progress {
        case incomplete
        case line(count: Int, isEmpty: Bool)
        case failed(ProtocolFailure)
    }

    private let maximumSize: Int
    private var size = 0
    private var searched = 0

    init(maximumSize: Int) {
        self.maximumSize = maximumSize
    }

    /// Takes whole lines from the front of `buffer`; true once the empty line is taken.
    mutating func parse(_ buffer: inout ByteBuffer) throws(ProtocolFailure) -> Bool {
        while true {
            switch buffer.withUnsafeReadableBytes({ nextLine(in: Span(_unsafeBytes: $0)) }) {
            case .incomplete:
                return false
            case .line(let count, let isEmpty):
                buffer.moveReaderIndex(forwardBy: count)
                size += count
                searched = 0
                if isEmpty { return true }
            case .failed(let failure):
                throw failure
            }
        }
    }

    private mutating func nextLine(in bytes: Span<UInt8>) -> Progress {
        do throws(ProtocolFailure) {
            guard let lineFeed = bytes.firstIndex(of: .lineFeed, from: searched) else {
                guard bytes.count <= maximumSize - size else { throw .headTooLarge }
                searched = bytes.count
                return .incomplete
            }
            guard lineFeed < maximumSize - size else { throw .headTooLarge }
            guard lineFeed > 0, bytes[lineFeed - 1] == .carriageReturn else { throw .malformedLineEnd }
            if lineFeed > 1 { try check(bytes.extracting(0..<lineFeed - 1)) }
            return .line(count: lineFeed + 1, isEmpty: lineFeed == 1)
        } catch {
            return .failed(error)
        }
    }

    /// A field that says where the body ends can't stand behind it (RFC 9110 §6.5.1): who merges it into the header may cut
    /// the connection into other requests.
    private func check(_ line: Span<UInt8>) throws(ProtocolFailure) {
        let name = try line.extracting(0..<FieldLine(line).colon)
        guard !name.equalsIgnoringCase("content-length"), !name.equalsIgnoringCase("transfer-encoding") else {
            throw .framingInTrailers
        }
    }
}
