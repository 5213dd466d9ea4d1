import NIOCore
import NIOHPACK
import NIOHTTP2

// MARK: - Writing the answer

extension HTTP2Stream {
    /// The most bytes of a frame that are always allowed (RFC 9113 §4.2).
    private static let frameSizeMax = 16 * 1024

    /// Sends what a handler gave, at once or later.
    func answer(with reply: Reply) {
        switch reply {
        case .ready(let response):
            send(response)
        case .pending(let future):
            connection.requestsUnderWay += 1
            future.hop(to: shared.eventLoop).assumeIsolated().whenComplete { result in
                self.connection.requestsUnderWay -= 1
                self.complete(with: result)
            }
        }
    }

    private func complete(with result: Result<Response, any Error>) {
        guard phase == .answering else {
            releaseRequest()
            try? result.get().body.cancel()
            return
        }
        send(shared.response(from: result, to: clientAddress))
    }

    /// Answers what is not a request.
    func fail(_ failure: ProtocolFailure) {
        if let incoming {
            exchanges.begin(incoming.request, from: clientAddress, on: shared)
        } else {
            exchanges.beginInvalid(from: clientAddress, on: shared)
        }
        incoming = nil
        phase = .answering
        send(shared.response(to: failure, from: clientAddress))
    }

    /// Writes an answer, or its head and the beginning of its body; a refusal where there is no room for the body.
    private func send(_ response: Response) {
        releaseRequest()
        let hasBody = !isToHead && !response.status.hasNoBody
        switch response.body {
        case .empty:
            send(response, ByteBuffer(), length: 0)
        case .bytes(let body) where hasBody:
            if let held = connection.hold(body.readableBytes, for: clientAddress) {
                heldAnswer = held
                send(response, body, length: body.readableBytes)
            } else {
                let failure: ProtocolFailure = isToSafeRequest ? .tooManyAnswers : .answerDropped
                let refusal = shared.response(to: failure, from: clientAddress)
                if case .bytes(let body) = refusal.body { send(refusal, body, length: body.readableBytes) }
            }
        case .bytes(let body):
            send(response, ByteBuffer(), length: body.readableBytes)
        case .stream(let stream) where hasBody:
            let length = stream.length.map { max($0, 0) }
            exchanges.answer(response.status, on: shared)
            write(.headers(.init(headers: fields(of: response, length: length))))
            begin(stream, length: length)
        case .stream(let stream):
            stream.cancel()
            send(response, ByteBuffer(), length: stream.length.map { max($0, 0) })
        }
    }

    private func send(_ response: Response, _ body: ByteBuffer, length: Int?) {
        exchanges.answer(response.status, on: shared)
        let head = HTTP2Frame.FramePayload.Headers(
            headers: fields(of: response, length: length), endStream: body.readableBytes == 0)
        guard body.readableBytes > 0 else {
            writeLast(.headers(head), size: 0)
            return
        }
        write(.headers(head))
        var rest = body
        if let exchange = exchanges.logged {
            // It is told how much has gone by the frame.
            while rest.readableBytes > HTTP2Stream.frameSizeMax,
                let bytes = rest.readSlice(length: HTTP2Stream.frameSizeMax)
            {
                let promise = exchange.promise(bodySize: bytes.readableBytes, on: shared.eventLoop)
                write(.data(.init(data: .byteBuffer(bytes))), promise: promise)
            }
        }
        writeLast(.data(.init(data: .byteBuffer(rest), endStream: true)), size: body.readableBytes)
    }

    private func fields(of response: Response, length: Int?) -> HPACKHeaders {
        HTTP2ResponseHead.fields(response, length: length, shared: shared.sharedFields)
    }

    func write(_ payload: HTTP2Frame.FramePayload, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(Self.wrapOutboundOut(payload), promise: promise)
    }

    /// Writes the frame that ends the answer, of so many bytes in all.
    func writeLast(_ payload: HTTP2Frame.FramePayload, size: Int) {
        phase = .answered
        answerDeadline = .now() + shared.configuration.largeAnswerTime(size)
        var bodySize = 0
        if case .data(let frame) = payload { bodySize = frame.data.readableBytes }
        let exchange = exchanges.handOver(bodySize: bodySize, on: shared)
        guard exchange != nil || !isRequestComplete else {
            write(payload)
            context?.flush()
            return
        }
        let promise = shared.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            exchange?.record(result, bodySize: bodySize, isLast: true)
            // The client is asked to send no more of its request, but not before it has the answer (RFC 9113 §8.1).
            if case .success = result, !self.isRequestComplete { self.reset(.noError) }
        }
        write(payload, promise: promise)
        context?.flush()
    }
}
