import NIOCore

/// A request whose body has not fully arrived.
struct PartialRequest {
    var request: Request
    var decoder: BodyDecoder
    let limit: Int
    var pace: BodyPace
}

// MARK: - Reading requests

extension ConnectionHandler {
    /// The most bytes of a declared body over its limit that are thrown away to keep the connection.
    private static let discardableBodySize = 256 * 1024

    /// Whether the channel should be read from now: not while enough requests wait behind the one being answered.
    var wantsInput: Bool {
        switch phase {
        case .body, .discarding, .lingering: true
        case .head, .answering: input.readableBytes <= shared.configuration.maxHeaderSize
        case .closed: false
        }
    }

    func receive(_ bytes: consuming ByteBuffer) {
        switch phase {
        case .closed:
            return
        case .lingering:
            lingerBytes += bytes.readableBytes
            if lingerBytes > shared.configuration.maxLingerSize { context?.close(promise: nil) }
            return
        case .body:
            partial?.pace.record(bytes.readableBytes, now: shared.now)
        case .discarding:
            discardRate?.record(bytes.readableBytes, now: shared.now)
        case .head, .answering:
            break
        }
        if input.readableBytes == 0 {
            input = bytes
        } else {
            if input.readerIndex > input.readableBytes { input.discardReadBytes() }
            input.writeBuffer(&bytes)
        }
        advance()
    }

    /// Reads and answers requests as long as there are whole ones and the client takes the answers.
    ///
    /// A loop, and guarded against being entered again, so that no pipeline is long enough for the stack.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        var turns = 0
        while canGoOn(turns: turns), step() { turns += 1 }
        isAdvancing = false
        // An empty slice would keep the whole read buffer from being used again.
        if input.readableBytes == 0 { input = ByteBuffer() }
        if !isReading { flush() }
        resumeReading()
    }

    func resumeReading() {
        guard isReadHeld, wantsInput, let context else { return }
        isReadHeld = false
        context.read()
    }

    private func canGoOn(turns: Int) -> Bool {
        guard phase == .head else { return true }
        if output.readableBytes >= ConnectionHandler.outputBurst { flush() }
        guard isWritable else { return false }
        if turns >= ConnectionHandler.requestBurst {
            shared.scheduleTurn(of: self)
            return false
        }
        return input.readableBytes > 0 || isInputClosed
    }

    /// Goes on where a burst ended.
    func takeTurn() {
        isAwaitingTurn = false
        pump()
        advance()
    }

    /// Takes one step with the input that is there; false if there is nothing to be done.
    private func step() -> Bool {
        do throws(ProtocolFailure) {
            switch phase {
            case .head: return try readHead()
            case .body: return try readBody()
            case .discarding: return discard()
            case .answering, .lingering, .closed: return false
            }
        } catch {
            if phase == .head { answer.isToHead = parser.method == .head }
            fail(error)
            return true
        }
    }

    private func readHead() throws(ProtocolFailure) -> Bool {
        answer = AnswerContext(isToHead: false, version: .http11, isPersistent: true)
        clientAddress = remoteAddress
        guard let head = try parser.parse(&input) else {
            if isInputClosed {
                closeWhenWritten()
            } else if input.readableBytes > 0, !isHeadStarted {
                isHeadStarted = true
                if !isFirstRequest { waitStart = .now() }
            }
            return false
        }
        answer = AnswerContext(
            isToHead: head.method == .head, version: head.version, isPersistent: head.isPersistent,
            isToSafeRequest: head.method.isSafe)
        clientAddress = shared.configuration.trustedProxies.client(of: head, from: remoteAddress)
        var request = Request(head: head, remoteAddress: clientAddress, connection: life)
        shared.traffic.classify(&request)
        if head.framing == .none {
            dispatch(request)
        } else {
            try beginBody(of: request)
        }
        return true
    }

    private func beginBody(of request: Request) throws(ProtocolFailure) {
        let limit = max(shared.handler.bodySizeLimit(for: request), 0)
        let decoder: BodyDecoder
        switch request.head.framing {
        case .none:
            decoder = BodyDecoder(length: 0)
        case .length(let length):
            guard length <= limit else {
                refuseBody(of: request, size: length, limit: limit)
                return
            }
            decoder = BodyDecoder(length: length)
        case .chunked:
            decoder = BodyDecoder(
                chunked: ChunkedDecoder(sizeLimit: limit, maximumTrailerSize: shared.configuration.maxHeaderSize))
        }
        if request.head.expectsContinue, input.readableBytes == 0 {
            prepareOutput()
            output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        }
        partial = PartialRequest(
            request: request, decoder: decoder, limit: limit, pace: BodyPace(shared.configuration, start: .now()))
        phase = .body
    }

    private func readBody() throws(ProtocolFailure) -> Bool {
        guard let progress = try partial?.decoder.decode(&input) else { return false }
        switch progress {
        case .incomplete:
            try holdBody(partial?.decoder.collected ?? 0)
            // The rest can't come any more where the client closed its side behind a request that was being answered.
            if isInputClosed { closeWhenWritten() }
            return false
        case .complete(let body):
            // A body that came at once takes no more than what a connection is read into anyway.
            if heldBody > 0 { try holdBody(body.readableBytes) }
            guard var request = partial?.request else { return false }
            partial = nil
            request.body = body
            dispatch(request)
        case .tooLarge:
            guard let refused = partial else { return false }
            partial = nil
            refuseBody(of: refused.request, size: nil, limit: refused.limit)
        }
        return true
    }

    /// Has `count` bytes of the request's body counted in all.
    private func holdBody(_ count: Int) throws(ProtocolFailure) {
        guard count > heldBody else { return }
        guard shared.bodies.take(count - heldBody, for: clientAddress) else { throw .tooManyBodies }
        let large = count - max(heldBody, ConnectionHandler.uncountedBodySize)
        if large > 0 { partial?.pace.recordLarge(large, shared.configuration, now: shared.now) }
        heldBody = count
    }

    /// Has nothing of the request's body counted any more.
    func releaseBody() {
        guard heldBody > 0 else { return }
        shared.bodies.release(heldBody, for: clientAddress)
        heldBody = 0
    }

    /// Answers a body that is too large without waiting for it. A small one is thrown away behind the answer, so that
    /// the connection can go on, unless the client waits for a 100 and so may never send it (RFC 9110 §10.1.1).
    private func refuseBody(of request: Request, size: Int?, limit: Int) {
        if let size, size <= ConnectionHandler.discardableBodySize, !request.head.expectsContinue {
            discardable = size
        } else {
            answer.isPersistent = false
        }
        phase = .answering
        exchanges.begin(request, from: clientAddress, on: shared)
        answer(with: shared.handler.refuseBody(of: request, size: size, limit: limit, on: shared.eventLoop))
    }

    private func discard() -> Bool {
        let count = min(discardable, input.readableBytes)
        input.moveReaderIndex(forwardBy: count)
        discardable -= count
        guard discardable == 0 else {
            if isInputClosed { closeWhenWritten() }
            return false
        }
        awaitRequest()
        return true
    }
}
