import HTTPAPI
import KeyValueStore
import Logging

/// A log message with all that is told of it.
struct LogLine {
    let time: Timestamp
    let level: Logger.Level
    let label: String
    let message: String
    /// In the order of their keys.
    let metadata: [(key: String, value: Logger.MetadataValue)]
    let error: String?
}

extension LogLine {
    /// For people: `2026-01-31T23:59:59.123Z info stopping signal=SIGTERM`. Of the label, which is the program's, it says nothing.
    var text: String { "\(RFC3339.text(milliseconds: time.milliseconds)) \(level.rawValue) \(words)\n" }

    /// For systemd's journal, which notes the time by itself and the level in its own way.
    var journalText: String { "\(JournalStream.mark(level))\(words)\n" }

    private var words: String {
        var words = Self.onOneLine(message)
        for (key, value) in metadata { words += " \(Self.word(key))=\(Self.word(value))" }
        if let error { words += " error=\(Self.word(error))" }
        return words
    }

    private static func onOneLine(_ message: String) -> String {
        guard message.unicodeScalars.contains(where: \.steersDisplay) else { return message }
        return String(quoted(message).dropFirst().dropLast())
    }

    /// In quotes where it would not be told apart from what stands beside it.
    private static func word(_ text: String) -> String {
        let isWord = text.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && scalar != "\"" && scalar != "=" && !scalar.steersDisplay
        }
        return isWord && !text.isEmpty ? text : quoted(text)
    }

    private static func word(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): return word(text)
        case .stringConvertible(let value): return word(value.description)
        case .dictionary, .array:
            var json = JSONWriter()
            json.logged(value)
            return String(buffer: json.buffer)
        }
    }

    private static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.loggedString(text)
        return String(buffer: json.buffer)
    }
}

extension LogLine {
    /// For programs.
    var json: String {
        var json = JSONWriter()
        json.raw(#"{"time":"#)
        json.string(RFC3339.text(milliseconds: time.milliseconds))
        json.raw(#","level":"#)
        json.string(level.rawValue)
        json.raw(#","label":"#)
        json.string(label)
        json.raw(#","message":"#)
        json.loggedString(message)
        if !metadata.isEmpty {
            json.raw(#","metadata":"#)
            json.logged(metadata)
        }
        if let error {
            json.raw(#","error":"#)
            json.loggedString(error)
        }
        json.raw("}\n")
        return String(buffer: json.buffer)
    }
}

extension JSONWriter {
    fileprivate mutating func logged(_ members: [(key: String, value: Logger.MetadataValue)]) {
        raw("{")
        for (index, (key, value)) in members.enumerated() {
            if index > 0 { raw(",") }
            loggedString(key)
            raw(":")
            logged(value)
        }
        raw("}")
    }

    fileprivate mutating func logged(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): loggedString(text)
        case .stringConvertible(let value): loggedString(value.description)
        case .dictionary(let dictionary): logged(dictionary.sorted { $0.key < $1.key })
        case .array(let values):
            raw("[")
            for (index, value) in values.enumerated() {
                if index > 0 { raw(",") }
                logged(value)
            }
            raw("]")
        }
    }
}
