import HTTPAPI

/// A bucket's scripts, as a server tells them.
struct ScriptList {
    struct Entry: Equatable {
        var name = ""
        /// In bytes.
        var size = 0
        /// In RFC 3339.
        var updated = ""
    }

    /// Without white space between its parts.
    let json: [UInt8]
    let entries: [Entry]

    /// Nil where `answer` is none.
    init?(_ answer: [UInt8]) {
        guard let json = JSONText.compact(answer), let entries = try? Self.entries(json) else { return nil }
        self.json = json
        self.entries = entries
    }

    private static func entries(_ json: [UInt8]) throws(APIError) -> [Entry] {
        var entries: [Entry] = []
        var reader = try JSONReader(json)
        try reader.array { (_, json) throws(APIError) in entries.append(try Entry(&json)) }
        return entries
    }

    var table: TextTable {
        var table = TextTable([("NAME", .left), ("SIZE", .right), ("UPDATED", .left)])
        for entry in entries { table.append([entry.name, String(entry.size), entry.updated]) }
        return table
    }
}

extension ScriptList.Entry {
    fileprivate init(_ json: inout JSONReader) throws(APIError) {
        try json.object { (member, json) throws(APIError) in
            switch member {
            case "name": name = String(decoding: try json.string(), as: UTF8.self)
            case "size": size = Int(String(decoding: try json.value(), as: UTF8.self)) ?? 0
            case "updated": updated = String(decoding: try json.string(), as: UTF8.self)
            default: try json.value()
            }
        }
    }
}
