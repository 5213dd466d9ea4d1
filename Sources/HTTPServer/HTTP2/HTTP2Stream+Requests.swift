import NIOCore
import NIOHPACK
import NIOHTTP2

/// A request whose body has not fully arrived.
struct IncomingBody {
    let request: Request
    let limit: Int
    var bytes = ByteBuffer()
    var pace: BodyPace
}

// MARK: - Reading a request

extension HTTP2Stream {
    func begin(_ fields: HPACKHeaders) {
        guard connection.takesRequests else {
            // Whatever it was, it may be sent again (RFC 9113 §8.7).
            reset(.refusedStream)
            return
        }
        let head: RequestHead
        do throws(HTTP2HeadFailure) {
            head = try HTTP2RequestHead.parse(fields, maximumSize: shared.configuration.maxHeaderSize)
        } catch {
            isToHead = fields.first(name: ":method") == "HEAD"
            switch error {
            case .malformed: fail(.malformedHTTP2)
            case .refused(let failure): fail(failure)
            }
            return
        }
        isToHead = head.method == .head
        isToSafeRequest = head.method.isSafe
        clientAddress = shared.configuration.trustedProxies.client(of: head, from: connection.remoteAddress)
        let size = head.bytes.readableBytes
        guard shared.bodies.take(size, for: clientAddress) else {
            fail(.tooManyBodies)
            return
        }
        heldRequest = size
        var request = Request(head: head, remoteAddress: clientAddress, connection: life)
        shared.traffic.classify(&request)
        if !isRequestComplete {
            beginBody(of: request)
        } else if head.framing == .none {
            dispatch(request)
        } else {
            fail(.malformedHTTP2)
        }
    }

    private func beginBody(of request: Request) {
        let limit = max(shared.handler.bodySizeLimit(for: request), 0)
        if case .length(let length) = request.head.framing, length > limit {
            refuseBody(of: request, size: length, limit: limit)
            return
        }
        if request.head.expectsContinue {
            write(.headers(.init(headers: HTTP2ResponseHead.goOn)))
            context?.flush()
        }
        phase = .body
        incoming = IncomingBody(request: request, limit: limit, pace: BodyPace(shared.configuration, start: .now()))
    }

    /// Takes a part of the body, the last one if the request is complete.
    func take(_ bytes: ByteBuffer) {
        guard let collected = incoming?.bytes.readableBytes, let limit = incoming?.limit else { return }
        let count = bytes.readableBytes
        guard count <= limit - collected else {
            guard let request = incoming?.request else { return }
            incoming = nil
            refuseBody(of: request, size: nil, limit: limit)
            return
        }
        guard shared.bodies.take(count, for: clientAddress) else {
            fail(.tooManyBodies)
            return
        }
        heldRequest += count
        if collected == 0, isRequestComplete {
            incoming?.bytes = bytes
        } else {
            // A slice of the input would keep all of that in memory, which nobody counts.
            incoming?.bytes.writeImmutableBuffer(bytes)
            incoming?.pace.record(count, now: shared.now)
            let large = collected + count - max(collected, ConnectionHandler.uncountedBodySize)
            if large > 0 { incoming?.pace.recordLarge(large, shared.configuration, now: shared.now) }
        }
        if isRequestComplete { finishBody() }
    }

    /// Has a request answered whose body ends with trailer fields, which nobody here asks for.
    func finishBody(behind trailers: HPACKHeaders) {
        let size = trailers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + ": \r\n".utf8.count }
        if size <= shared.configuration.maxHeaderSize {
            finishBody()
        } else {
            fail(.headTooLarge)
        }
    }

    /// Has a request answered whose body is complete.
    func finishBody() {
        guard let incoming else { return }
        self.incoming = nil
        var request = incoming.request
        request.body = incoming.bytes
        // NIO has compared them, too.
        if case .length(let length) = request.head.framing, length != request.body.readableBytes {
            fail(.malformedHTTP2)
            return
        }
        dispatch(request)
    }

    /// Has nothing of the request counted any more.
    func releaseRequest() {
        guard heldRequest > 0 else { return }
        shared.bodies.release(heldRequest, for: clientAddress)
        heldRequest = 0
    }

    /// Answers a body that is too large without waiting for it.
    private func refuseBody(of request: Request, size: Int?, limit: Int) {
        phase = .answering
        exchanges.begin(request, from: clientAddress, on: shared)
        answer(with: shared.handler.refuseBody(of: request, size: size, limit: limit, on: shared.eventLoop))
    }

    private func dispatch(_ request: Request) {
        phase = .answering
        exchanges.begin(request, from: clientAddress, on: shared)
        answer(with: shared.handler.handle(request, on: shared.eventLoop))
    }
}
