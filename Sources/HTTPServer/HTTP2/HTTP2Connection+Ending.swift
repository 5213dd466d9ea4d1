import NIOCore
import NIOHTTP2

// MARK: - Ending

extension HTTP2Connection {
    /// The PING behind the first GOAWAY, whose answer says that the client has read that.
    static let endPing = HTTP2PingData(withInteger: 0x6B76_6963_6B5F_6279)

    /// The most time that the answer to that PING is waited for.
    private static let announcementTimeout = TimeAmount.seconds(1)

    func drain() {
        for stream in streams { stream.drain() }
        announceEnd()
    }

    /// Tells the client to begin no more streams, and ends the connection behind those that there are (RFC 9113 §6.8).
    private func announceEnd() {
        guard phase == .open, let context else { return }
        phase = .announcingEnd
        // NIO takes no more streams where there is none.
        guard !streams.isEmpty else { return endAnnounced() }
        waitStart = .now()
        write(.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
        write(.ping(HTTP2Connection.endPing, ack: false))
        context.flush()
    }

    /// Begins no more streams, now that the client knows.
    func endAnnounced() {
        guard phase == .announcingEnd else { return }
        phase = .ending
        writeEnd(.noError)
        if streams.isEmpty { lingerSoon() }
    }

    /// Says which stream was the last.
    func writeEnd(_ code: HTTP2ErrorCode) {
        write(.goAway(lastStreamID: lastStream, errorCode: code, opaqueData: nil))
        context?.flush()
    }

    private func write(_ payload: HTTP2Frame.FramePayload) {
        context?.write(Self.wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: payload)), promise: nil)
    }

    /// Ends the output once the event loop comes round: the last frame of a stream that has just ended is not flushed yet.
    func lingerSoon() {
        let bound = NIOLoopBound(self, eventLoop: shared.eventLoop)
        shared.eventLoop.execute { bound.value.linger() }
    }

    /// Ends the output behind what is written, and closes once the client has seen that.
    func linger() {
        guard phase != .lingering, phase != .closed, let context else { return }
        phase = .lingering
        waitStart = .now()
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    func abort() {
        guard let context else { return }
        context.triggerUserOutboundEvent(TransportClosure(), promise: nil)
        context.close(promise: nil)
    }

    /// Whether NIO has ended only a stream because of an error; it says in the same way that it has ended all with a GOAWAY.
    static func isOfOneStream(_ error: any Error) -> Bool {
        switch error {
        case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.StreamClosed, is NIOHTTP2Errors.NoSuchStream,
            is NIOHTTP2Errors.ContentLengthViolated, is NIOHTTP2Errors.ContentLengthHeadersMismatch,
            is NIOHTTP2Errors.ContentLengthHeaderMalformedValue, is NIOHTTP2Errors.ContentLengthHeaderNegative,
            is NIOHTTP2Errors.InvalidPseudoHeaders, is NIOHTTP2Errors.UnknownPseudoHeader,
            is NIOHTTP2Errors.UnsupportedPseudoHeader, is NIOHTTP2Errors.DuplicatePseudoHeader,
            is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader, is NIOHTTP2Errors.InvalidPseudoHeaderValue,
            is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue,
            is NIOHTTP2Errors.ForbiddenHeaderField, is NIOHTTP2Errors.EmptyPathHeader,
            is NIOHTTP2Errors.TrailersWithoutEndStream:
            true
        default:
            false
        }
    }
}

// MARK: - Timeouts

extension HTTP2Connection {
    func checkTimeouts(now: NIODeadline) {
        let configuration = shared.configuration
        if isClientStalled(now: now) {
            abort()
            return
        }
        // From the last to the first, since a stream that ends gives its place to the last one.
        var index = streams.count
        while index > 0 {
            index -= 1
            if index < streams.count { streams[index].checkTimeouts(now: now) }
        }
        switch phase {
        case .open:
            let timeout = hasHadStreams ? configuration.idleTimeout : configuration.headerTimeout
            if streams.isEmpty, now - waitStart > timeout { announceEnd() }
        case .announcingEnd:
            if now - waitStart > HTTP2Connection.announcementTimeout { endAnnounced() }
        case .lingering:
            if now - waitStart > configuration.lingerTimeout { abort() }
        case .ending, .closed:
            break
        }
    }

    /// Whether the client takes less of what the channel has for it than the least rate.
    private func isClientStalled(now: NIODeadline) -> Bool {
        guard let channel = context?.channel, !channel.isWritable else { return false }
        let left = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let progress = buffered - left
        buffered = left
        if writeRate == nil {
            let timeout = shared.configuration.writeStallTimeout
            writeRate = MinimumRate(
                bytesPerSecond: shared.configuration.minBodyRate, grace: timeout, slack: timeout, now: now)
        } else {
            writeRate?.record(progress, now: now)
        }
        return writeRate?.isMissed(at: now) ?? false
    }
}
