import HTTPAPI

/// A bucket's settings as a server tells them, which never has a key.
struct ShownSettings {
    /// Without white space between its parts.
    let json: [UInt8]
    private var id = ""
    private var email: String?
    private var defaultTTL: Int64 = 0
    /// In the order of the answer.
    private var keys: [(name: String, isSet: Bool)] = []

    /// Nil where `answer` is none.
    init?(_ answer: [UInt8]) {
        guard let json = JSONText.compact(answer) else { return nil }
        self.json = json
        guard (try? read()) != nil, !id.isEmpty else { return nil }
    }

    private mutating func read() throws {
        for (name, value) in try JSONText.members(of: json[...]) ?? [] {
            let text = String(decoding: value, as: UTF8.self)
            switch name {
            case "id": id = try JSONText.plain(value)
            case "email": email = text == "null" ? nil : try JSONText.plain(value)
            case "default_ttl": defaultTTL = Int64(text) ?? 0
            case _ where name.hasSuffix("_key"): keys.append((name, text == "true"))
            default: break
            }
        }
    }

    /// A setting on each line.
    func lines(url: ServerURL) -> String {
        let rows =
            [
                ("id", id), ("url", "\(url)/\(id)"), ("email", email ?? "none"),
                ("default ttl", DurationText.text(seconds: defaultTTL)),
            ] + keys.map { ($0.name.replacing("_", with: " "), $0.isSet ? "set" : "none") }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 + "\n" }.joined()
    }
}
