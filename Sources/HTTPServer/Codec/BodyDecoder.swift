import NIOCore

/// Collects a request's body, whatever its framing.
package struct BodyDecoder {
    /// How far a body is.
    package enum Progress {
        case incomplete
        case complete(ByteBuffer)
        /// A chunked body that goes past its limit.
        case tooLarge
    }

    private enum Coding {
        case length(remaining: Int, body: ByteBuffer)
        case chunked(ChunkedDecoder)
    }

    private var coding: Coding

    /// A decoder of a body of a length that was declared.
    package init(length: Int) {
        coding = .length(remaining: length, body: ByteBuffer())
    }

    /// A decoder of a body whose length its chunks tell.
    package init(chunked decoder: ChunkedDecoder) {
        coding = .chunked(decoder)
    }

    /// The bytes of the body that it holds, as long as that is not complete.
    var collected: Int {
        switch coding {
        case .length(_, let body): body.readableBytes
        case .chunked(let decoder): decoder.body.readableBytes
        }
    }

    /// Takes what belongs to the body from the front of `input`.
    package mutating func decode(_ input: inout ByteBuffer) throws(ProtocolFailure) -> Progress {
        switch coding {
        case .length(let remaining, var body):
            // A body that is there in whole is a slice of the input, with no copy.
            if body.readableBytes == 0, let slice = input.readSlice(length: remaining) {
                return .complete(slice)
            }
            // Neither the enumeration nor anyone else may hold the storage while it grows.
            coding = .length(remaining: 0, body: ByteBuffer())
            var piece = input.readSlice(length: min(remaining, input.readableBytes)) ?? ByteBuffer()
            let left = remaining - piece.readableBytes
            body.writeBuffer(&piece)
            if left == 0 { return .complete(body) }
            coding = .length(remaining: left, body: body)
            return .incomplete
        case .chunked(var decoder):
            coding = .length(remaining: 0, body: ByteBuffer())
            let progress = try decoder.decode(&input)
            switch progress {
            case .complete:
                return .complete(decoder.body)
            case .tooLarge:
                return .tooLarge
            case .incomplete:
                coding = .chunked(decoder)
                return .incomplete
            }
        }
    }
}
