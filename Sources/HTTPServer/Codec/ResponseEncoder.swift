import NIOCore

/// What of a request and its connection decides how an answer is written.
package struct AnswerContext {
    /// The answer has no body (RFC 9110 §9.3.2).
    var isToHead: Bool
    var version: HTTPVersion
    /// The connection goes on after the answer.
    var isPersistent: Bool
    /// The request changes nothing, so that it may be sent again whatever became of it.
    var isToSafeRequest: Bool

    /// A request whose head is not known counts as one that changes something.
    package init(isToHead: Bool, version: HTTPVersion, isPersistent: Bool, isToSafeRequest: Bool = false) {
        self.isToHead = isToHead
        self.version = version
        self.isPersistent = isPersistent
        self.isToSafeRequest = isToSafeRequest
    }
}

/// Writes answers (RFC 9112 §4).
package enum ResponseEncoder {
    /// How the pieces of a stream are framed.
    package enum StreamFraming {
        case length(remaining: Int)
        case chunked
        /// The end of the connection is the end of the body, for HTTP/1.0.
        case close
    }

    /// What of the body is still to be sent after the head.
    package enum Rest {
        case nothing
        case bytes(ByteBuffer)
        case stream(any BodyStream, StreamFraming)
        /// A stream that is not to be sent.
        case unwanted(any BodyStream)
    }

    /// Bodies up to this size are copied behind their head, since a second buffer costs more.
    private static let copiedBodySize = 16 * 1024

    /// Writes the head to `output`, and a small body with it. `shared` are the fields that all answers have.
    ///
    /// A body that only the end of the connection can end makes `context` not persistent.
    package static func encode(
        _ response: Response, context: inout AnswerContext, shared: ByteBuffer, into output: inout ByteBuffer
    ) -> Rest {
        let hasBody = !context.isToHead && !response.status.hasNoBody
        var length: Int?
        var rest = Rest.nothing
        var copied: ByteBuffer?
        switch response.body {
        case .empty:
            length = 0
        case .bytes(let bytes):
            length = bytes.readableBytes
            if hasBody, bytes.readableBytes <= copiedBodySize {
                copied = bytes
            } else if hasBody {
                rest = .bytes(bytes)
            }
        case .stream(let stream):
            length = stream.length.map { max($0, 0) }
            if !hasBody {
                rest = .unwanted(stream)
            } else if let length {
                rest = .stream(stream, .length(remaining: length))
            } else if context.version == .http11 {
                rest = .stream(stream, .chunked)
            } else {
                context.isPersistent = false
                rest = .stream(stream, .close)
            }
        }
        output.reserveCapacity(minimumWritableBytes: 256 + shared.readableBytes + (copied?.readableBytes ?? 0))
        writeStatusLine(response.status, into: &output)
        output.writeImmutableBuffer(shared)
        if let prepared = response.headers.prepared { output.writeImmutableBuffer(prepared.encoded) }
        if response.headers.added.readableBytes > 0 { output.writeImmutableBuffer(response.headers.added) }
        writeFraming(length: length, status: response.status, context: context, into: &output)
        if let copied { output.writeImmutableBuffer(copied) }
        return rest
    }

    private static func writeStatusLine(_ status: Status, into output: inout ByteBuffer) {
        output.writeStaticString("HTTP/1.1 ")
        output.writeDecimal(status.code)
        output.writeInteger(UInt8.space)
        if status.reason.utf8.allSatisfy(\.isFieldCharacter) { output.writeString(status.reason) }
        output.writeStaticString("\r\n")
    }

    /// Writes the fields that say where the body ends, and the empty line.
    private static func writeFraming(
        length: Int?, status: Status, context: AnswerContext, into output: inout ByteBuffer
    ) {
        if !status.hasNoBody {
            if let length {
                output.writeStaticString("Content-Length: ")
                output.writeDecimal(length)
                output.writeStaticString("\r\n")
            } else if context.version == .http11 {
                output.writeStaticString("Transfer-Encoding: chunked\r\n")
            }
        }
        switch (context.isPersistent, context.version) {
        case (true, .http11): output.writeStaticString("\r\n")
        case (true, .http10): output.writeStaticString("Connection: keep-alive\r\n\r\n")
        case (false, _): output.writeStaticString("Connection: close\r\n\r\n")
        }
    }

    /// Writes the size line of a chunk that is not empty.
    static func writeChunkSize(_ size: Int, into output: inout ByteBuffer) {
        output.writeString(String(size, radix: 16))
        output.writeStaticString("\r\n")
    }
}

extension ByteBuffer {
    /// Writes a number that is not negative in decimal digits, with no String.
    mutating func writeDecimal<Number: FixedWidthInteger>(_ number: Number) {
        if number < 10 {
            writeInteger(UInt8(truncatingIfNeeded: number) &+ UInt8(ascii: "0"))
            return
        }
        var divisor: Number = 10
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            writeInteger(UInt8(truncatingIfNeeded: number / divisor % 10) &+ UInt8(ascii: "0"))
            divisor /= 10
        }
    }
}
