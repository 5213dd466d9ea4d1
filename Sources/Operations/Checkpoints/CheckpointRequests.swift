import HTTPAPI
import HTTPServer
import KeyValueStore
import Logging
import NIOCore
import NIOPosix
import Storage

/// Answers requests of administrators for checkpoints: makes one, gives its files out and removes it.
public struct CheckpointRequests: Sendable {
    private let checkpoints: StoreCheckpoints
    private let threads: NIOThreadPool
    private let logger: Logger

    /// - Parameter threads: that may block.
    public init(_ checkpoints: StoreCheckpoints, threads: NIOThreadPool, logger: Logger) {
        self.checkpoints = checkpoints
        self.threads = threads
        self.logger = logger
    }

    func answer(_ request: Request, _ route: CheckpointRoute, on eventLoop: any EventLoop) -> Reply {
        let answer = threads.runIfActive(eventLoop: eventLoop) { try respond(to: request, route) }
        return .pending(answer.flatMapErrorThrowing { error in Answers.error(failure(error), to: request) })
    }

    private func respond(to request: Request, _ route: CheckpointRoute) throws -> Response {
        switch route {
        case .checkpoints:
            guard let checkpoint = try checkpoints.make() else {
                throw APIError.unavailable(
                    "there are as many checkpoints as there may be; wait until another backup has ended", retryAfter: 60
                )
            }
            return Answers.json(checkpoint.json, status: Status(code: 201))
        case .checkpoint(let id) where request.method == .delete:
            guard checkpoints.remove(id) else { throw Self.notFound }
            return Answers.text("ok\n")
        case .checkpoint(let id):
            guard let checkpoint = checkpoints.checkpoint(id) else { throw Self.notFound }
            return Answers.json(checkpoint.json)
        case .file(let id, let name):
            guard let file = try checkpoints.open(name, in: id) else { throw Self.notFound }
            return try respond(with: file, to: request)
        }
    }

    /// All of a file, or its rest where the request asks for that (RFC 9110 §14.2), as one does whose last answer was cut.
    private func respond(with file: CheckpointReader, to request: Request) throws -> Response {
        var headers = ResponseHeaders(prepared: Self.fileHeaders)
        guard let start = request.header(.range).flatMap(Self.start(ofRange:)) else {
            return Response(status: .ok, headers: headers, body: .stream(stream(file, from: 0)))
        }
        guard start < file.size else {
            throw APIError(
                status: Status(code: 416, reason: "Range Not Satisfiable"),
                message: "the file has no more than \(file.size) bytes",
                fields: [("Content-Range", "bytes */\(file.size)")])
        }
        headers.add("Content-Range", "bytes \(start)-\(file.size - 1)/\(file.size)")
        return Response(status: Status(code: 206), headers: headers, body: .stream(stream(file, from: start)))
    }

    private func stream(_ file: CheckpointReader, from start: Int) -> CheckpointFileStream {
        CheckpointFileStream(file, from: start, threads: threads)
    }

    /// The N of `bytes=N-`; nil for any other range, which a server need not know.
    static func start(ofRange text: String) -> Int? {
        guard text.hasPrefix("bytes="), text.hasSuffix("-") else { return nil }
        let digits = text.dropFirst(6).dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits)
    }

    private func failure(_ error: any Error) -> APIError {
        if let error = error as? APIError { return error }
        guard let error = error as? StorageError, error.code != .closed else {
            return .unavailable("the server is stopping; try again soon", retryAfter: 5)
        }
        logger.error("a checkpoint failed", metadata: ["error": "\(error)"])
        guard error.code != .outOfSpace else {
            return .unavailable(
                "the server's disk is too full for a checkpoint; try again when there is room", retryAfter: 30)
        }
        return APIError(
            status: .internalServerError, message: "the checkpoint failed; the server's log says why")
    }

    private static let fileHeaders = Answers.prepared("application/octet-stream", [("Accept-Ranges", "bytes")])

    private static let notFound = APIError.notFound(
        "there is no such checkpoint or file; one that nobody reads for some minutes is removed, as all are on a full disk"
    )
}

extension HeaderName {
    fileprivate static let range = HeaderName("range")
}

extension Checkpoint {
    /// As `docs/backup.md` has it.
    var json: ByteBuffer {
        var json = JSONWriter()
        json.raw(#"{"id":"#)
        json.string(id)
        json.raw(#","revision":"#)
        json.string("\(revision)")
        json.raw(#","created":"#)
        json.integer(created.milliseconds)
        json.raw(#","format":"#)
        json.integer(Int64(format))
        json.raw(#","files":["#)
        for (index, file) in files.enumerated() {
            if index > 0 { json.raw(",") }
            json.raw(#"{"name":"#)
            json.string(file.name)
            json.raw(#","size":"#)
            json.integer(Int64(file.size))
            if let fingerprint = file.fingerprint {
                json.raw(#","fingerprint":"#)
                json.string(fingerprint)
            }
            json.raw("}")
        }
        json.raw("]}\n")
        return json.buffer
    }
}
