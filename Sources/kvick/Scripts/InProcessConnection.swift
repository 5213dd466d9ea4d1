import HTTPServer
import KVdbAPI
import NIOCore
import NIOPosix
import RocksDBEngine

/// Requests to an API in this process, without a socket.
struct InProcessConnection: Sendable {
    private let api: KVdbAPI
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    /// As it is on the machine that a server runs on.
    private static let clientAddress = ClientAddress(ipv4: 0x7F00_0001)

    init(_ api: KVdbAPI) {
        self.api = api
    }

    /// Sends a request, and takes all of its answer.
    ///
    /// - Parameter author: who is said to have answered.
    /// - Throws: a `ProtocolFailure` where it is no valid request.
    func reply(
        _ method: Method, _ target: String, _ headers: [(String, String)], body: [UInt8], author: String
    ) async throws -> ScriptReply {
        let request = try Request(
            method: method, target: target, headers: headers, body: ByteBuffer(bytes: body),
            remoteAddress: Self.clientAddress)
        let response = try await send(request)
        return ScriptReply(
            author: author, version: "HTTP/1.1",
            status: (response.status.code, "\(response.status.code) \(response.status.reason)"),
            fields: response.headers.fields, body: try await bytes(of: response))
    }

    /// As the server does with a request that has come.
    private func send(_ request: Request) async throws -> Response {
        try await eventLoop.flatSubmit { [api, eventLoop] in
            let size = request.body.readableBytes
            let limit = api.bodySizeLimit(for: request)
            let reply =
                size <= limit
                ? api.handle(request, on: eventLoop)
                : api.refuseBody(of: request, size: size, limit: limit, on: eventLoop)
            return switch reply {
            case .ready(let response): eventLoop.makeSucceededFuture(response)
            case .pending(let response): response
            }
        }.get()
    }

    private func bytes(of response: Response) async throws -> [UInt8] {
        guard !response.status.hasNoBody else { return [] }
        switch response.body {
        case .empty:
            return []
        case .bytes(let buffer):
            return Array(buffer.readableBytesView)
        case .stream(let stream):
            var bytes: [UInt8] = []
            while let piece = try await eventLoop.flatSubmit({ [eventLoop] in stream.next(on: eventLoop) }).get() {
                bytes += piece.readableBytesView
            }
            return bytes
        }
    }
}
