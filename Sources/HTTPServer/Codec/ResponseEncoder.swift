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
        writeHead(response, length: length, context: context, shared: shared, copiedBody: copied, into: &output)
        return rest
    }

    /// What a head takes beside its reason phrase and its fields, or less.
    private static let framingSizeMax = 128

    /// - Parameters:
    ///   - length: of the body; nil where it is not known.
    ///   - copiedBody: written behind the head.
    private static func writeHead(
        _ response: Response, length: Int?, context: AnswerContext, shared: ByteBuffer, copiedBody: ByteBuffer?,
        into output: inout ByteBuffer
    ) {
        let prepared = response.headers.prepared?.encoded
        let fieldsSize = shared.readableBytes + (prepared?.readableBytes ?? 0) + response.headers.added.readableBytes
        let size = framingSizeMax + response.status.reason.utf8.count + fieldsSize + (copiedBody?.readableBytes ?? 0)
        output.write(atMost: size) { output in
            writeStatusLine(response.status, into: &output)
            output.write(shared)
            if let prepared { output.write(prepared) }
            output.write(response.headers.added)
            writeFraming(length: length, status: response.status, context: context, into: &output)
            if let copiedBody { output.write(copiedBody) }
        }
    }

    private static func writeStatusLine(_ status: Status, into output: inout OctetWriter) {
        output.write("HTTP/1.1 ")
        output.write(decimal: UInt64(status.code))
        output.write(UInt8.space)
        var reason = status.reason
        reason.withUTF8 { reason in
            if reason.allSatisfy(\.isFieldCharacter) { output.write(UnsafeRawBufferPointer(reason)) }
        }
        output.write("\r\n")
    }

    /// Writes the fields that say where the body ends, and the empty line.
    private static func writeFraming(
        length: Int?, status: Status, context: AnswerContext, into output: inout OctetWriter
    ) {
        if !status.hasNoBody {
            if let length {
                output.write("Content-Length: ")
                output.write(decimal: UInt64(length))
                output.write("\r\n")
            } else if context.version == .http11 {
                output.write("Transfer-Encoding: chunked\r\n")
            }
        }
        switch (context.isPersistent, context.version) {
        case (true, .http11): output.write("\r\n")
        case (true, .http10): output.write("Connection: keep-alive\r\n\r\n")
        case (false, _): output.write("Connection: close\r\n\r\n")
        }
    }

    /// Writes the size line of a chunk that is not empty.
    static func writeChunkSize(_ size: Int, into output: inout ByteBuffer) {
        output.writeString(String(size, radix: 16))
        output.writeStaticString("\r\n")
    }
}
