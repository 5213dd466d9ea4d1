import NIOCore

@testable import HTTPServer

/// A handler made of a closure.
struct TestHandler: RequestHandler {
    var limit = 1_000_000
    /// Whether a body over the limit is refused by a promise.
    var refusesLater = false
    var answer: @Sendable (Request, any EventLoop) -> Reply = { request, _ in
        .ready(Response(status: .ok, body: .bytes(ByteBuffer(string: request.path))))
    }

    func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        answer(request, eventLoop)
    }

    func bodySizeLimit(for request: Request) -> Int { limit }

    func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        let response = Response(
            status: Status(code: 413, reason: "Content Too Large"),
            body: .bytes(ByteBuffer(string: "\(size.map(String.init) ?? "unknown") over \(limit)")))
        return refusesLater ? .pending(eventLoop.makeSucceededVoidFuture().map { response }) : .ready(response)
    }
}

extension TestHandler {
    /// Answers with the request's body.
    static let echo = TestHandler { request, _ in .ready(Response(status: .ok, body: .bytes(request.body))) }

    init(_ answer: @escaping @Sendable (Request, any EventLoop) -> Reply) {
        self.init(answer: answer)
    }

    init(limit: Int) {
        self.init(limit: limit, answer: TestHandler.echo.answer)
    }

    /// Answers each request with a stream.
    static func streaming(_ stream: @escaping @Sendable (any EventLoop) -> any BodyStream) -> TestHandler {
        TestHandler { _, eventLoop in .ready(Response(status: .ok, body: .stream(stream(eventLoop)))) }
    }
}
