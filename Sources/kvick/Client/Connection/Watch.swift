import AsyncHTTPClient
import NIOCore

/// A watch of a bucket's changes, which outlives connections that break.
struct Watch {
    /// A server says every 15 s that it is there.
    static let silenceMin: TimeAmount = .seconds(45)
    private static let pauseMin: Duration = .milliseconds(500)
    private static let pauseMax: Duration = .seconds(30)

    private let bucket: BucketConnection
    private let query: QueryString
    private let printer: EventPrinter

    init(_ bucket: BucketConnection, _ query: QueryString, printer: EventPrinter) {
        self.bucket = bucket
        self.query = query
        self.printer = printer
    }

    /// Prints events until the server refuses, or nobody reads them.
    ///
    /// - Throws: a `CommandFailure`, also where the server can't be reached the first time.
    func run() async throws {
        var events = EventParser()
        var response = try await connect(lastID: "")
        var pause = Self.pauseMin
        while true {
            var outage = Outage()
            let place = events.lastID
            do {
                try await read(response, &events)
            } catch let failure as CommandFailure where failure.kind == .unavailable {
                outage.report(failure)
            }
            // What was begun and broke off comes again.
            events = EventParser(lastID: events.lastID)
            if events.lastID != place { pause = Self.pauseMin }
            response = try await reconnect(lastID: events.lastID, pause: &pause, &outage)
        }
    }

    private func read(_ response: HTTPClientResponse, _ events: inout EventParser) async throws {
        var lines = LineSplitter()
        var pieces = response.body.makeAsyncIterator()
        while true {
            do {
                guard let piece = try await pieces.next() else { return }
                lines.append(piece.readableBytesView)
            } catch {
                throw ConnectionFailure.failure(error, server: bucket.connection.server)
            }
            while let line = try lines.next() {
                if let event = events.event(line: line) { try printer.print(event) }
            }
        }
    }

    /// Waits, longer each time, and tries until the server answers, or another one does.
    private func reconnect(
        lastID: String, pause: inout Duration, _ outage: inout Outage
    ) async throws -> HTTPClientResponse {
        while true {
            // Of many that were cut off together, not all come back at once.
            try await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, Self.pauseMax)
            do {
                return try await connect(lastID: lastID)
            } catch let failure as CommandFailure where failure.kind == .unavailable {
                outage.report(failure)
            }
        }
    }

    private func connect(lastID: String) async throws -> HTTPClientResponse {
        var request = bucket.request(.GET, query)
        if !lastID.isEmpty { request.headers.add(name: "Last-Event-ID", value: lastID) }
        return try await bucket.succeed(request)
    }
}
