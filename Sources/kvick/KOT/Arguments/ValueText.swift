import ArgumentParser
import KOTAPI

/// Values as they stand on the command line.
enum ValueText {
    /// JSON and Python's `True`, `False` and `None` keep their type, all else is a string; as Python Fire reads them.
    static func value(_ text: String) -> KOTValue {
        switch text {
        case "True": .json(Array("true".utf8))
        case "False": .json(Array("false".utf8))
        case "None": .null
        default: JSONText.compact(text).map(KOTValue.json) ?? .string(text)
        }
    }

    /// `K V K V`, or one list of pairs, or one object.
    ///
    /// - Throws: a `ValidationError`.
    static func pairs(_ arguments: [String]) throws -> [(key: String, value: KOTValue)] {
        if arguments.count == 1, let json = arguments.first.flatMap(JSONText.compact) {
            if let members = try JSONText.members(of: json[...]) {
                return try members.map { (try key($0.name), .json(Array($0.value))) }
            }
            if let pairs = JSONText.elements(of: json[...]) { return try pairs.map(pair) }
        }
        guard arguments.count.isMultiple(of: 2) else {
            throw ValidationError(#"keys and values must come in pairs: K V K V, or one [["K",V],…] or {"K":V,…}"#)
        }
        return try stride(from: 0, to: arguments.count, by: 2).map { index in
            (try key(arguments[index]), value(arguments[index + 1]))
        }
    }

    /// `K K`, or one list.
    ///
    /// - Throws: a `ValidationError`.
    static func keys(_ arguments: [String]) throws -> [String] {
        guard arguments.count == 1, let json = arguments.first.flatMap(JSONText.compact),
            let elements = JSONText.elements(of: json[...])
        else { return try arguments.map(key) }
        return try elements.map(key(json:))
    }

    /// `[["SET","K",V],["GET","K"],["DELETE","K"]]`.
    ///
    /// - Throws: a `ValidationError`.
    static func operations(_ text: String) throws -> [KOTOperation] {
        guard let json = JSONText.compact(text), let operations = JSONText.elements(of: json[...]) else {
            throw ValidationError("the operations must be one JSON list: \(operationForm)")
        }
        return try operations.map(operation)
    }

    private static let operationForm = #"[["SET","K",V],["GET","K"],["DELETE","K"]]"#

    private static func operation(_ json: ArraySlice<UInt8>) throws -> KOTOperation {
        let failure = ValidationError(
            "\(String(decoding: json, as: UTF8.self)) is no operation; write \(operationForm)")
        guard let parts = JSONText.elements(of: json), parts.count == 2 || parts.count == 3 else { throw failure }
        guard parts[0].first == UInt8(ascii: "\"") else { throw failure }
        let key = try key(json: parts[1])
        switch (try JSONText.text(ofString: parts[0]).uppercased(), parts.count) {
        case ("SET", 3): return .set(key: key, .json(Array(parts[2])))
        case ("GET", 2): return .get(key: key)
        case ("DELETE", 2): return .delete(key: key)
        default: throw failure
        }
    }

    private static func pair(_ json: ArraySlice<UInt8>) throws -> (key: String, value: KOTValue) {
        guard let parts = JSONText.elements(of: json), parts.count == 2 else {
            throw ValidationError(#"\#(String(decoding: json, as: UTF8.self)) is no pair; write ["K",V]"#)
        }
        return (try key(json: parts[0]), .json(Array(parts[1])))
    }

    private static func key(json: ArraySlice<UInt8>) throws -> String {
        guard json.first == UInt8(ascii: "\"") else {
            throw ValidationError("the key \(String(decoding: json, as: UTF8.self)) must be a string in quotes")
        }
        return try key(JSONText.text(ofString: json))
    }

    private static func key(_ text: String) throws -> String {
        guard !text.isEmpty else { throw ValidationError("a key may not be empty") }
        return text
    }
}
