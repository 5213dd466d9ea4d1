import NIOCore

// MARK: - Writing answers

extension ConnectionHandler {
    /// Has the request answered, at once or later.
    func dispatch(_ request: Request) {
        phase = .answering
        exchanges.begin(request, from: clientAddress, on: shared)
        answer(with: shared.handler.handle(request, on: shared.eventLoop))
    }

    /// Sends what a handler gave, at once or later.
    func answer(with reply: Reply) {
        switch reply {
        case .ready(let response):
            send(response)
        case .pending(let future):
            future.hop(to: shared.eventLoop).assumeIsolated().whenComplete { result in
                self.complete(with: result)
            }
        }
    }

    private func complete(with result: Result<Response, any Error>) {
        guard phase == .answering else {
            releaseBody()
            try? result.get().body.cancel()
            return
        }
        send(shared.response(from: result, to: clientAddress))
        advance()
    }

    /// Answers what is not a request, after which the connection closes.
    func fail(_ failure: ProtocolFailure) {
        if let partial {
            exchanges.begin(partial.request, from: clientAddress, on: shared)
        } else {
            exchanges.beginInvalid(from: clientAddress, on: shared)
        }
        partial = nil
        answer.isPersistent = false
        phase = .answering
        send(shared.response(to: failure, from: clientAddress))
    }

    /// Writes an answer, or its head and the beginning of its body; a refusal where there is no room for a large body.
    func send(_ response: Response) {
        releaseBody()
        let size = countedSize(of: response)
        if size > 0, !shared.bodies.take(size, for: clientAddress) {
            let failure: ProtocolFailure = answer.isToSafeRequest ? .tooManyAnswers : .answerDropped
            encode(shared.response(to: failure, from: clientAddress), holding: 0)
        } else {
            encode(response, holding: size)
        }
    }

    /// The bytes of a body that count in the server's `BodyMemory` until they are written: all of a large one.
    private func countedSize(of response: Response) -> Int {
        guard case .bytes(let body) = response.body, body.readableBytes > ConnectionHandler.uncountedBodySize,
            !answer.isToHead, !response.status.hasNoBody
        else { return 0 }
        return body.readableBytes
    }

    /// Writes an answer, with a body of which so many bytes are counted in the server's `BodyMemory`.
    private func encode(_ response: Response, holding count: Int) {
        if isInputClosed, input.readableBytes == 0 { answer.isPersistent = false }
        exchanges.answer(response.status, on: shared)
        prepareOutput()
        let rest = ResponseEncoder.encode(
            response, context: &answer, shared: shared.sharedHeaders, into: &output)
        switch rest {
        case .nothing:
            endAnswer(bodySize: answer.isToHead || response.status.hasNoBody ? 0 : response.body.knownSize)
        case .bytes(let body):
            flush(followedBy: body, promise: release(count))
            endAnswer()
        case .unwanted(let stream):
            stream.cancel()
            endAnswer()
        case .stream(let stream, let framing):
            begin(stream, framing)
        }
    }

    /// Goes on to the next request, or ends the connection; `bodySize` is what was gathered of the body.
    func endAnswer(bodySize: Int = 0) {
        guard phase == .answering else { return }
        if let exchange = exchanges.handOver(bodySize: bodySize, on: shared) { unwritten.append((exchange, bodySize)) }
        if !answer.isPersistent {
            closeWhenWritten()
        } else if discardable > 0 {
            phase = .discarding
            discardRate = MinimumRate(
                bytesPerSecond: shared.configuration.minBodyRate, grace: shared.configuration.bodyGrace,
                slack: shared.configuration.writeStallTimeout, now: shared.now)
        } else {
            awaitRequest()
        }
    }

    func awaitRequest() {
        phase = .head
        isFirstRequest = false
        isHeadStarted = false
        waitStart = shared.now
    }

    func prepareOutput() {
        if output.capacity == 0 { output = shared.takeOutput() }
    }

    /// Writes what has been gathered.
    func flush() {
        guard let context, let bytes = writeOutput(context) else { return }
        context.flush()
        shared.returnOutput(bytes)
    }

    /// Hands the channel what has been gathered, and gives that; nil where there was nothing.
    private func writeOutput(_ context: ChannelHandlerContext) -> ByteBuffer? {
        guard output.readableBytes > 0 || !unwritten.isEmpty else { return nil }
        var bytes = ByteBuffer()
        swap(&bytes, &output)
        count(written: bytes.readableBytes)
        context.write(Self.wrapOutboundOut(bytes), promise: recordUnwritten())
        return bytes
    }

    /// A promise that ends the exchanges whose last bytes are gathered; nil where there are none.
    private func recordUnwritten() -> EventLoopPromise<Void>? {
        guard !unwritten.isEmpty else { return nil }
        let ended = unwritten
        unwritten = []
        let promise = shared.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            for (exchange, bodySize) in ended { exchange.record(result, bodySize: bodySize, isLast: true) }
        }
        return promise
    }

    private func count(written size: Int) {
        written += size
        if !isOverTLS { shared.counters.sentBytes &+= UInt64(size) }
    }

    /// A promise that has bytes counted no more once it is kept or broken, for which they have a deadline; nil where there
    /// are none.
    private func release(_ count: Int) -> EventLoopPromise<Void>? {
        guard count > 0 else { return nil }
        let promise = shared.eventLoop.makePromise(of: Void.self)
        answerDeadlines.append(.now() + shared.configuration.largeAnswerTime(count))
        promise.futureResult.assumeIsolated().whenComplete { [clientAddress] _ in
            self.shared.bodies.release(count, for: clientAddress)
            // Writes end in their order.
            self.answerDeadlines = Array(self.answerDeadlines.dropFirst())
        }
        return promise
    }

    /// Writes what has been gathered and a large buffer behind it, which is not copied.
    ///
    /// The channel keeps the promise once the buffer has left it, and breaks it where the connection ends before.
    func flush(followedBy body: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if let bytes = writeOutput(context) { shared.returnOutput(bytes) }
        count(written: body.readableBytes)
        var rest = body
        var promise = promise
        if let exchange = exchanges.logged {
            // It is told how much has gone piece by piece. TLS keeps promises only of all that is flushed together.
            while rest.readableBytes > ConnectionHandler.outputBurst,
                let bytes = rest.readSlice(length: ConnectionHandler.outputBurst)
            {
                let written = exchange.promise(bodySize: bytes.readableBytes, on: shared.eventLoop)
                context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: written)
            }
            let last = exchange.promise(bodySize: rest.readableBytes, on: shared.eventLoop)
            last.futureResult.cascade(to: promise)
            promise = last
        }
        context.writeAndFlush(Self.wrapOutboundOut(rest), promise: promise)
    }
}

// MARK: - Closing

extension ConnectionHandler {
    /// Ends the connection once the client has been given all that is written.
    ///
    /// The output is closed first and input thrown away until the client closes its side, since a connection that is
    /// closed with input unread is reset, which can take the answer away from the client (RFC 9112 §9.6).
    func closeWhenWritten() {
        guard phase != .lingering, phase != .closed, let context else { return }
        phase = .lingering
        input = ByteBuffer()
        partial = nil
        releaseBody()
        flush()
        resumeReading()
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            switch result {
            case .success: self.closeOutput()
            case .failure: self.context?.close(promise: nil)
            }
        }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// Ends a connection that waits for a request: at once, unless the client has yet to take an answer.
    func closeIdle() {
        if output.readableBytes == 0, bufferedBytes == 0 {
            context?.close(promise: nil)
        } else {
            closeWhenWritten()
        }
    }

    /// Bytes that the channel has yet to hand to the system.
    var bufferedBytes: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func closeOutput() {
        guard phase == .lingering, let context else { return }
        waitStart = .now()
        isOutputClosed = true
        if isInputClosed {
            context.close(promise: nil)
        } else {
            context.close(mode: .output, promise: nil)
        }
    }
}
