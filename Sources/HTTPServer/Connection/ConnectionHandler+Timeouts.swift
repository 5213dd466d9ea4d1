import NIOCore

// MARK: - Timeouts

extension ConnectionHandler {
    /// Closes the connection if what it waits for has taken too long by `now`.
    func checkTimeouts(now: NIODeadline) {
        if isClientStalled(now: now) || isAnswerOverdue(now: now) {
            abort()
            return
        }
        let configuration = shared.configuration
        switch phase {
        case .head where !isWritable:
            break
        case .head where isHeadStarted:
            if now - waitStart > configuration.headerTimeout { failLate(.headTimeout) }
        case .head:
            let timeout = isFirstRequest ? configuration.headerTimeout : configuration.idleTimeout
            if now - waitStart > timeout { closeIdle() }
        case .body:
            guard let partial else { break }
            if partial.pace.isOverdue(configuration, now: now) { failLate(.bodyTimeout) }
        case .discarding:
            if let discardRate, discardRate.isMissed(at: now) { closeIdle() }
        case .lingering:
            if isOutputClosed, now - waitStart > configuration.lingerTimeout { context?.close(promise: nil) }
        case .answering where isStreamOverdue(now: now):
            shared.logger.warning("an answer took too long to stream and was cut short")
            abort()
        case .answering:
            // A client that closed its side may wait for its answer or be gone; only a write would tell.
            guard let inputEnd, stream?.isAwaitingPiece ?? true else { break }
            if now - max(inputEnd, stream?.lastPiece ?? inputEnd) > configuration.headerTimeout { abort() }
        case .closed:
            break
        }
    }

    /// Whether a client that takes little at a time holds what is streamed to it, such as a snapshot, for too long.
    private func isStreamOverdue(now: NIODeadline) -> Bool {
        guard let stream, !stream.source.isEndless else { return false }
        return shared.configuration.isTooLong(now - stream.start, streaming: stream.size)
    }

    /// Whether the client takes a large answer, whose room others may need, for too long.
    private func isAnswerOverdue(now: NIODeadline) -> Bool {
        answerDeadlines.contains { now > $0 }
    }

    private func failLate(_ failure: ProtocolFailure) {
        fail(failure)
        flush()
    }

    /// Whether the client takes less of what was written for it than the least rate.
    private func isClientStalled(now: NIODeadline) -> Bool {
        guard written != taken else { return false }
        let buffered = bufferedBytes
        let left = written - buffered
        let progress = left - taken
        taken = left
        guard buffered > 0 else {
            writeRate = nil
            return false
        }
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
