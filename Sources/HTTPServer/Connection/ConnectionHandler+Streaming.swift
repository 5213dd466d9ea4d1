import NIOCore

/// A body on its way to the client.
struct OutgoingStream {
    let source: any BodyStream
    var framing: ResponseEncoder.StreamFraming
    let start: NIODeadline
    /// What was written of it, in bytes.
    var size = 0
    var isAwaitingPiece = false
    /// When a piece was last given, as of the last look at the timeouts.
    var lastPiece: NIODeadline
}

// MARK: - Streaming bodies

extension ConnectionHandler {
    /// Pieces written in a row before other connections get their turn.
    private static let pieceBurst = 64

    func begin(_ source: any BodyStream, _ framing: ResponseEncoder.StreamFraming) {
        stream = OutgoingStream(source: source, framing: framing, start: shared.now, lastPiece: shared.now)
        if shared.isDraining, source.isEndless {
            finishStream(cancelling: true)
        } else {
            pump()
        }
    }

    /// Asks for the next piece as long as the client takes them.
    ///
    /// A loop, and guarded against being entered again, since a piece may be there at once.
    func pump() {
        guard !isPumping, stream != nil else { return }
        isPumping = true
        var pieces = 0
        while let stream, !stream.isAwaitingPiece, isWritable {
            guard pieces < ConnectionHandler.pieceBurst else {
                shared.scheduleTurn(of: self)
                break
            }
            pieces += 1
            self.stream?.isAwaitingPiece = true
            stream.source.next(on: shared.eventLoop).hop(to: shared.eventLoop).assumeIsolated().whenComplete { piece in
                self.take(piece)
            }
        }
        isPumping = false
        if !isReading, !isAdvancing { flush() }
    }

    private func take(_ piece: Result<ByteBuffer?, any Error>) {
        guard stream != nil else { return }
        switch piece {
        case .success(let piece?):
            // A write may enter `pump` again, which must not come to the stream's end before this piece's.
            write(piece)
            stream?.isAwaitingPiece = false
            pump()
        case .success(nil):
            finishStream(cancelling: false)
        case .failure(let error):
            shared.logger.warning("an answer was cut short", metadata: ["error": "\(error)"])
            endStream(cancelling: false)
            abort()
        }
    }

    private func write(_ piece: ByteBuffer) {
        // A chunk of no bytes would be the last one.
        guard let framing = stream?.framing, piece.readableBytes > 0 else { return }
        stream?.lastPiece = shared.now
        stream?.size += piece.readableBytes
        prepareOutput()
        switch framing {
        case .length(let remaining):
            guard piece.readableBytes <= remaining else {
                shared.logger.error("an answer is longer than its stated length")
                endStream(cancelling: true)
                abort()
                return
            }
            stream?.framing = .length(remaining: remaining - piece.readableBytes)
            flush(followedBy: piece)
        case .chunked:
            ResponseEncoder.writeChunkSize(piece.readableBytes, into: &output)
            flush(followedBy: piece)
            prepareOutput()
            output.writeStaticString("\r\n")
        case .close:
            flush(followedBy: piece)
        }
    }

    /// Writes the end of the body; `cancelling` where the stream has not come to its end, and is told so.
    func finishStream(cancelling: Bool) {
        guard let framing = stream?.framing else { return }
        endStream(cancelling: cancelling)
        switch framing {
        case .length(let remaining) where remaining > 0:
            shared.logger.error("an answer is shorter than its stated length")
            abort()
            return
        case .chunked:
            prepareOutput()
            output.writeStaticString("0\r\n\r\n")
        case .length, .close:
            break
        }
        endAnswer()
        advance()
    }

    /// Forgets the stream; `cancelling` tells it that no more pieces will be taken.
    func endStream(cancelling: Bool) {
        guard let stream else { return }
        self.stream = nil
        if cancelling { stream.source.cancel() }
    }
}
