import NIOCore
import NIOEmbedded

@testable import HTTPServer

/// A promise of an answer, of a loop that is not the connection's.
struct EmbeddedPromise: Sendable {
    private let loop = EmbeddedEventLoop()
    private let promise: EventLoopPromise<Response>

    init() {
        promise = loop.makePromise(of: Response.self)
    }

    var future: EventLoopFuture<Response> { promise.futureResult }

    func succeed(_ response: Response) {
        promise.succeed(response)
        loop.run()
    }
}
