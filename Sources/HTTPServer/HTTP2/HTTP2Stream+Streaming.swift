import NIOCore
import NIOHTTP2

/// A body on its way to the client, piece by piece.
struct OutgoingPieces {
    let source: any BodyStream
    /// The bytes that are still to come, where that is known.
    var remaining: Int?
    let start: NIODeadline
    /// What was written of it, in bytes.
    var size = 0
    var isAwaitingPiece = false
    /// Bytes that the client has not been able to take.
    var pending = 0
    /// How fast it takes them; nil where there are none.
    var writeRate: MinimumRate?
}

// MARK: - Streaming bodies

extension HTTP2Stream {
    /// Pieces written in a row before others get their turn.
    private static let pieceBurst = 64
    /// The most bytes of a frame: what a client at the least rate takes in the time that it may seem to take nothing.
    static let frameSize = 7 * 1024

    func begin(_ source: any BodyStream, length: Int?) {
        phase = .streaming
        outgoing = OutgoingPieces(source: source, remaining: length, start: shared.now)
        if shared.isDraining, source.isEndless {
            finishPieces(cancelling: true)
        } else {
            pump()
            context?.flush()
        }
    }

    func takeTurn() {
        isAwaitingTurn = false
        pump()
    }

    /// Asks for the next piece as long as the client takes them.
    ///
    /// A loop, and guarded against being entered again, since a piece may be there at once.
    func pump() {
        guard !isPumping, outgoing != nil else { return }
        isPumping = true
        var pieces = 0
        while let outgoing, !outgoing.isAwaitingPiece, let context, context.channel.isWritable {
            guard pieces < HTTP2Stream.pieceBurst else {
                shared.scheduleTurn(of: self)
                break
            }
            pieces += 1
            self.outgoing?.isAwaitingPiece = true
            outgoing.source.next(on: shared.eventLoop).hop(to: shared.eventLoop).assumeIsolated().whenComplete {
                piece in
                self.take(piece)
            }
        }
        isPumping = false
    }

    private func take(_ piece: Result<ByteBuffer?, any Error>) {
        guard outgoing != nil else { return }
        switch piece {
        case .success(let piece?):
            // A write may enter `pump` again, which must not come to the stream's end before this piece's.
            write(piece)
            outgoing?.isAwaitingPiece = false
            pump()
        case .success(nil):
            finishPieces(cancelling: false)
        case .failure(let error):
            shared.logger.warning("an answer was cut short", metadata: ["error": "\(error)"])
            endPieces(cancelling: false)
            reset(.internalError)
        }
    }

    private func write(_ piece: ByteBuffer) {
        let count = piece.readableBytes
        guard count > 0, let context else { return }
        if let remaining = outgoing?.remaining {
            guard count <= remaining else {
                shared.logger.error("an answer is longer than its stated length")
                reset(.internalError)
                return
            }
            outgoing?.remaining = remaining - count
        }
        guard let held = connection.hold(count, for: clientAddress) else {
            reset(.enhanceYourCalm)
            return
        }
        if outgoing?.pending == 0 {
            let timeout = shared.configuration.writeStallTimeout
            outgoing?.writeRate = MinimumRate(
                bytesPerSecond: shared.configuration.minBodyRate, grace: timeout, slack: timeout, now: shared.now)
        }
        outgoing?.pending += count
        outgoing?.size += count
        var rest = piece
        while let frame = rest.readSlice(length: min(rest.readableBytes, HTTP2Stream.frameSize)),
            frame.readableBytes > 0
        {
            let isLast = rest.readableBytes == 0
            let promise =
                exchanges.logged?.promise(bodySize: frame.readableBytes, on: shared.eventLoop)
                ?? shared.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenComplete { result in
                if isLast { self.connection.release(held) }
                if case .success = result { self.recordTaken(frame.readableBytes) }
            }
            write(.data(.init(data: .byteBuffer(frame))), promise: promise)
        }
        context.flush()
    }

    private func recordTaken(_ count: Int) {
        guard let pending = outgoing?.pending else { return }
        outgoing?.pending = pending - count
        if pending > count {
            outgoing?.writeRate?.record(count, now: shared.now)
        } else {
            outgoing?.writeRate = nil
        }
    }

    /// Writes the end of the body; `cancelling` where the source has not come to its end, and is told so.
    func finishPieces(cancelling: Bool) {
        guard let outgoing else { return }
        endPieces(cancelling: cancelling)
        if let remaining = outgoing.remaining, remaining > 0 {
            shared.logger.error("an answer is shorter than its stated length")
            reset(.internalError)
            return
        }
        writeLast(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)), size: outgoing.pending)
    }

    /// Forgets the source; `cancelling` tells it that no more pieces will be taken.
    func endPieces(cancelling: Bool) {
        guard let outgoing else { return }
        self.outgoing = nil
        if cancelling { outgoing.source.cancel() }
    }
}
