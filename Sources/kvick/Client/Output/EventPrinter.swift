/// Prints the events of a watch, each at once.
struct EventPrinter {
    private let isJSON: Bool
    private let output: StandardOutput

    init(asJSON isJSON: Bool, _ output: StandardOutput) {
        self.isJSON = isJSON
        self.output = output
    }

    /// - Throws: a `CommandFailure` where the event is none of a watch.
    func print(_ event: ServerSentEvent) throws {
        try output.write(isJSON ? Self.json(event) : Self.line(event))
        try output.flush()
    }

    /// The event's name, and what it says of the key.
    static func line(_ event: ServerSentEvent) throws -> String {
        var (key, value): (String?, String?)
        for (name, json) in try members(event) {
            switch name {
            case "key": key = try JSONText.plain(json)
            case "value": value = try JSONText.plain(json)
            default: break
            }
        }
        return "\(event.name)\(key.map { " " + $0 } ?? "")\(value.map { "=" + $0 } ?? "")\n"
    }

    /// The event's id and name, and what it says.
    static func json(_ event: ServerSentEvent) throws -> String {
        var object = JSONObject()
        object.string("id", event.id)
        object.string("event", event.name)
        for (name, json) in try members(event) {
            switch name {
            case "key": object.json("key", json)
            case "revision": object.json("revision", json)
            case "value": object.json("value", json)
            default: break
            }
        }
        return object.line
    }

    private static func members(_ event: ServerSentEvent) throws -> [(name: String, value: ArraySlice<UInt8>)] {
        guard let json = JSONText.compact(event.data), let members = try JSONText.members(of: json[...]) else {
            throw CommandFailure("the server's event can't be read; is it a Kvick server?")
        }
        return members
    }
}
