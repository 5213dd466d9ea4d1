import HTTPAPI
import KOTAPI

/// A line of the answer to `get_all`, `bulk_get` or `backup`.
struct EntryLine {
    var key: String?
    var value: KOTValue?
    /// Whether this is the last line, whose lack means that the answer was cut.
    var isEnd = false
    var sealing: KOTSealing?

    /// - Throws: a `CommandFailure`.
    init(_ line: [UInt8]) throws {
        do {
            try read(line)
        } catch {
            throw CommandFailure("the server's answer can't be read: \(error.message)")
        }
    }

    private mutating func read(_ line: [UInt8]) throws(APIError) {
        var reader = try JSONReader(line)
        try reader.object { (name, json) throws(APIError) in
            switch name {
            case "key": key = String(decoding: try json.string(), as: UTF8.self)
            case "value": value = .json(Array(try json.value()))
            case "base64": value = .bytes(try json.requiredBase64("base64"))
            case "end": isEnd = String(decoding: try json.value(), as: UTF8.self) == "true"
            case "sealing": sealing = KOTSealing(try json.requiredBase64("sealing"))
            default: try json.value()
            }
        }
        try reader.end()
    }
}
