import Foundation

/// What stands before a blank line of a stream of events (WHATWG HTML §9.2.6).
struct EventBlock: Sendable, Equatable {
    var id: String?
    var name: String?
    var data: [String] = []
    var comments: [String] = []

    /// Takes one line, without its end.
    mutating func take(_ line: String) throws {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? String(parts[1]) : ""
        if value.hasPrefix(" ") { value.removeFirst() }
        switch parts[0] {
        case "": comments.append(value)
        case "id": id = value
        case "event": name = value
        case "data": data.append(value)
        default: throw HarnessError("not a line of an event stream: \(line)")
        }
    }
}

/// A change of a key, or whatever else a server tells of.
struct ServerEvent: Sendable {
    /// The last id as of this event.
    let id: String
    let name: String
    let data: String

    func json() throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any] else {
            throw HarnessError("not an object: \(data)")
        }
        return object
    }

    /// The name and the key, as `set a`.
    func summary() throws -> String {
        let key = try json()["key"]
        return "\(name) \(key as? String ?? "\(key ?? "without a key")")"
    }

    var position: EventPosition? { EventPosition(id) }
}

/// What an id says: the revision of a commit, and the place in it where it is not the commit's last change.
struct EventPosition: Comparable, Sendable {
    let revision: UInt64
    let place: UInt64?

    init?(_ id: String) {
        let parts = id.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let revision = UInt64(parts[0]) else { return nil }
        self.revision = revision
        place = parts.count == 2 ? UInt64(parts[1]) : nil
        if parts.count == 2, place == nil { return nil }
    }

    static func < (first: EventPosition, second: EventPosition) -> Bool {
        (first.revision, first.place ?? .max) < (second.revision, second.place ?? .max)
    }
}

/// A stream of events as a browser's EventSource reads it. One task at a time may use it.
final class EventStream: @unchecked Sendable {
    let head: HTTPResponse
    /// Where to go on after this stream.
    private(set) var lastID: String?
    private let connection: Connection
    private let timeout: Duration
    private var unread: [UInt8] = []
    private var offset = 0

    /// Asks for a stream, from behind `lastID` where it is given.
    ///
    /// - Throws: where the answer is none.
    init(
        _ port: Int, _ target: String, _ headers: [(String, String)] = [], lastID: String? = nil,
        timeout: Duration = .seconds(20), receiveBuffer: Int32? = nil
    ) throws {
        connection = try Connection(port: port, timeout: timeout, receiveBuffer: receiveBuffer)
        self.timeout = timeout
        self.lastID = lastID
        try connection.write(Self.request(target, headers, lastID))
        head = try HTTPResponse(head: connection.readHead())
        guard head.status == 200, head["Content-Type"]?.hasPrefix("text/event-stream") == true else {
            throw HarnessError("no stream: \(head.status) \(head.headers)")
        }
    }

    /// The status of the answer to a request for a stream, of which nothing more is read.
    static func status(
        _ port: Int, _ target: String, _ headers: [(String, String)] = [], lastID: String? = nil
    ) throws -> Int {
        let connection = try Connection(port: port)
        try connection.write(request(target, headers, lastID))
        return try HTTPResponse(head: connection.readHead()).status
    }

    private static func request(_ target: String, _ headers: [(String, String)], _ lastID: String?) -> [UInt8] {
        let resumption = lastID.map { [("Last-Event-ID", $0)] } ?? []
        return Client.request("GET", target, headers + [("Accept", "text/event-stream")] + resumption)
    }

    /// The next block; nil where the stream has ended in good order.
    func readBlock() throws -> EventBlock? {
        var block = EventBlock()
        while let line = try readLine() {
            if !line.isEmpty {
                try block.take(line)
            } else if block != EventBlock() {
                if let id = block.id { lastID = id }
                return block
            }
        }
        return nil
    }

    /// The next event, with blocks without data left out; nil where the stream has ended in good order.
    ///
    /// - Throws: where there is none for as long as a read may take, however often the stream beats.
    func readEvent() throws -> ServerEvent? {
        let deadline = ContinuousClock.now + timeout
        while let block = try readBlock() {
            guard !block.data.isEmpty else {
                guard ContinuousClock.now < deadline else { throw HarnessError("no event for \(timeout)") }
                continue
            }
            return ServerEvent(
                id: lastID ?? "", name: block.name ?? "message", data: block.data.joined(separator: "\n"))
        }
        return nil
    }

    /// - Throws: where the stream ends before so many events.
    func readEvents(_ count: Int) throws -> [ServerEvent] {
        try (0..<count).map { number in
            guard let event = try readEvent() else { throw HarnessError("the stream ended after \(number) events") }
            return event
        }
    }

    /// All events up to and with the one of this key.
    func readEvents(upTo key: String) throws -> [ServerEvent] {
        var events: [ServerEvent] = []
        while let event = try readEvent() {
            events.append(event)
            if try event.json()["key"] as? String == key { return events }
        }
        throw HarnessError("the stream ended after \(events.count) events")
    }

    /// All events until the stream ends in good order.
    func readToEnd() throws -> [ServerEvent] {
        var events: [ServerEvent] = []
        while let event = try readEvent() { events.append(event) }
        return events
    }

    private func readLine() throws -> String? {
        while true {
            if let length = lineLength {
                defer { offset += length + 1 }
                return String(decoding: unread[offset..<offset + length], as: UTF8.self)
            }
            unread.removeFirst(offset)
            offset = 0
            guard let chunk = try connection.readChunk() else { return nil }
            unread += chunk
        }
    }

    /// The bytes before the next newline, found in a way that is quick in a debug build too.
    private var lineLength: Int? {
        unread.withUnsafeBytes { bytes in
            guard offset < bytes.count, let start = bytes.baseAddress?.advanced(by: offset),
                let end = memchr(start, 10, bytes.count - offset)
            else { return nil }
            return UnsafeRawPointer(end) - start
        }
    }
}
