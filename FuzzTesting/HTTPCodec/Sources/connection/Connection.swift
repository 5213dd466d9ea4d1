// The input is what comes on a connection, and how it is cut: the answers must be those to the requests that the codec reads.

import Harness
import NIOCore

@testable import HTTPServer

private let bodySizeLimit = 300

/// Echoes path, query and body, at once or by the path's second byte: later, in pieces, or not at all.
private let handler = TestHandler(limit: bodySizeLimit) { request, loop in
    let status = Status(code: 200, reason: request.path)
    var headers = ResponseHeaders()
    if let query = request.query { headers.add("X-Query", query) }
    headers.add(entityTag: UInt64.max)
    let pieces = request.body.readableBytesView.map { ByteBuffer(bytes: [$0]) }
    let body = request.body.withUnsafeReadableBytes { headers.copy(body: $0) }
    let answer = Response(status: status, headers: headers, body: .bytes(body))
    switch request.path.dropFirst().first {
    case "l":
        return .pending(loop.scheduleTask(in: .microseconds(10)) { answer }.futureResult)
    case "f":
        return .pending(loop.makeFailedFuture(ChannelError.eof))
    case "s":
        let stream = TestStream { $0 < pieces.count ? .bytes(pieces[$0]) : .end }
        return .ready(Response(status: status, headers: headers, body: .stream(stream)))
    default:
        return .ready(answer)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = CutBytes(start, count)
    var configuration = ServerConfiguration()
    configuration.maxHeaderSize = 600
    var read = RequestStream(
        input.bytes, headSizeLimit: configuration.maxHeaderSize, bodySizeLimit: bodySizeLimit)
    do {
        let connection = try EmbeddedConnection(handler, configuration: configuration)
        var output: [UInt8] = []
        var given = 0
        for cut in input.cuts.filter({ $0 < input.bytes.count }) + [input.bytes.count] {
            try connection.channel.writeInbound(ByteBuffer(bytes: input.bytes[given..<cut]))
            output += try Array(connection.receivedBytes().readableBytesView)
            given = cut
        }
        var answers = Answers(output)
        for request in read.requests {
            answers.requireAnswer(to: request)
            // In HTTP/1.0 only the end of the connection can end what is sent in pieces.
            if !request.isHTTP11, request.target.dropFirst().first == "s", answers.hasClosed {
                read.end = .closed
                break
            }
        }
        switch read.end {
        case .open:
            answers.skipContinue()
            answers.requireEnd()
        case .closed:
            require(answers.hasClosed, "goes on behind the last request")
            answers.requireEnd()
        case .rejected(let message):
            answers.requireRefusal(message)
        case .bodyTooLarge:
            // The connection may go on behind such a body.
            answers.requireTooLarge()
        }
        try requireEnd(of: connection, isClosed: answers.hasClosed)
    } catch {
        require(false, "\(error)")
    }
    return 0
}

/// A connection whose last answer is given takes no more, and any connection ends in time.
private func requireEnd(of connection: EmbeddedConnection, isClosed: Bool) throws {
    if isClosed {
        let answer = try connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        require(answer.isEmpty, "answers behind the last one: \(answer)")
    }
    // First what it waits for has taken too long, then the client, who does not see that.
    for _ in 0..<3 where connection.channel.isActive { _ = try connection.wait(.hours(1)) }
    require(!connection.channel.isActive, "does not end")
    _ = try connection.channel.finish(acceptAlreadyClosed: true)
}
