import Foundation
import HTTPServer
import NIOCore
import NIOPosix
import Testing

@testable import KVdbAPI

/// An event as a client reads it.
struct TestEvent: Hashable, Sendable, CustomStringConvertible {
    var id: String
    var name: String
    var data: String

    var description: String { "\(id) \(name) \(data)" }
}

/// A watch without a socket, read as a client would.
final class TestWatch {
    private let stream: any BodyStream
    private let eventLoop: any EventLoop
    private var text = ""
    private(set) var lastID = ""
    private(set) var heartbeats = 0
    /// How many pieces came.
    private(set) var pieces = 0

    init(_ stream: any BodyStream, on eventLoop: any EventLoop) {
        self.stream = stream
        self.eventLoop = eventLoop
    }

    /// The next event; nil at the end.
    func next() async throws -> TestEvent? {
        while true {
            while let end = text.range(of: "\n\n") {
                let block = text[..<end.lowerBound]
                text.removeSubrange(..<end.upperBound)
                if let event = parse(block) { return event }
            }
            guard try await fill() else { return nil }
        }
    }

    func next(_ count: Int) async throws -> [TestEvent] {
        var events: [TestEvent] = []
        while events.count < count, let event = try await next() { events.append(event) }
        return events
    }

    /// Waits until the id that a client would come back with is this one.
    func wait(forID id: String) async throws {
        while lastID != id {
            guard try await next() == nil else { continue }
            return
        }
    }

    func nextHeartbeat() async throws {
        let before = heartbeats
        while heartbeats == before {
            guard try await fill() else { return }
            while let end = text.range(of: "\n\n") {
                _ = parse(text[..<end.lowerBound])
                text.removeSubrange(..<end.upperBound)
            }
        }
    }

    func cancel() async throws {
        try await eventLoop.submit { [stream] in stream.cancel() }.get()
    }

    private func fill() async throws -> Bool {
        let piece = try await eventLoop.flatSubmit { [stream, eventLoop] in stream.next(on: eventLoop) }.get()
        guard let piece else { return false }
        text += String(buffer: piece)
        pieces += 1
        return true
    }

    private func parse(_ block: Substring) -> TestEvent? {
        var event = TestEvent(id: "", name: "message", data: "")
        for line in block.split(separator: "\n") {
            if line.hasPrefix(":") { heartbeats += 1 }
            if line.hasPrefix("id: ") { lastID = String(line.dropFirst(4)) }
            if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
            if line.hasPrefix("data: ") { event.data += line.dropFirst(6) }
        }
        event.id = lastID
        return event.data.isEmpty ? nil : event
    }
}

extension TestAPI {
    func watch(_ target: String, _ headers: [(String, String)] = []) async throws -> TestWatch {
        let request = try Request(method: .get, target: target, headers: headers)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let reply = try await eventLoop.submit { [api] in api.handle(request, on: eventLoop) }.get()
        guard case .pending(let future) = reply else { throw WatchFailure(status: 0) }
        let response = try await future.get()
        guard response.status == .ok, case .stream(let stream) = response.body else {
            throw WatchFailure(status: response.status.code)
        }
        #expect(response.headers.first("Content-Type") == "text/event-stream")
        #expect(response.headers.first("Cache-Control") == "no-store")
        return TestWatch(stream, on: eventLoop)
    }
}

struct WatchFailure: Error {
    let status: Int
}
