/// An event of a stream (WHATWG HTML, "Server-sent events").
struct ServerSentEvent: Equatable {
    /// The place to come back to; empty where there was none yet.
    var id: String
    var name: String
    var data: String
}

/// Makes events of a stream's lines.
struct EventParser {
    /// The place behind what was read so far.
    private(set) var lastID: String
    private var name = ""
    private var data: [String] = []

    init(lastID: String = "") {
        self.lastID = lastID
    }

    /// - Returns: an event where the line ends one.
    mutating func event(line: [UInt8]) -> ServerSentEvent? {
        let line = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...], as: UTF8.self)
        guard !line.isEmpty else {
            defer { (name, data) = ("", []) }
            guard !data.isEmpty else { return nil }
            return ServerSentEvent(
                id: lastID, name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"))
        }
        let field = line.prefix { $0 != ":" }
        let rest = line.dropFirst(field.count + 1)
        let value = String(rest.hasPrefix(" ") ? rest.dropFirst() : rest)
        switch field {
        case "id": lastID = value
        case "event": name = value
        case "data": data.append(value)
        default: break
        }
        return nil
    }
}
