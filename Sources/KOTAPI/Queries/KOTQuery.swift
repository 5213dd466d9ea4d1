import HTTPAPI
import KeyValueStore

/// A query of KOT's `execute`: a command in any case and its parts, with white space between.
enum KOTQuery: Equatable {
    case set(database: String, key: String, value: String?, encryptionKey: String?, compress: Bool)
    case get(database: String, key: String, encryptionKey: String?)
    case delete(database: String, key: String)
    case getAll(database: String, encryptionKey: String?)
    case databaseList
    case databasePop(String)
    case databasePopAll
    case databaseDelete(String)
    case databaseDeleteAll
    case databaseRename(String, to: String)

    /// The right form of each command, as an error shows it.
    private static let forms = [
        "SET": "SET database key value [encryption_key|None] [True]",
        "GET": "GET database key [encryption_key]",
        "DELETE": "DELETE database key",
        "GET_ALL": "GET_ALL database [encryption_key]",
        "DATABASE_LIST": "DATABASE_LIST",
        "DATABASE_POP": "DATABASE_POP database",
        "DATABASE_POP_ALL": "DATABASE_POP_ALL",
        "DATABASE_DELETE": "DATABASE_DELETE database",
        "DATABASE_DELETE_ALL": "DATABASE_DELETE_ALL",
        "DATABASE_RENAME": "DATABASE_RENAME old new",
    ]

    /// - Parameter hasValue: whether the value of a SET comes apart from the query, so that it need not have one.
    /// - Throws: `badRequest`, which shows the right form.
    init(_ text: String, hasValue: Bool = false) throws(APIError) {
        let parts = try Self.split(text)
        guard let command = parts.first?.uppercased(), let form = Self.forms[command] else {
            let commands = Self.forms.keys.sorted().joined(separator: ", ")
            throw .badRequest("the query must begin with one of \(commands)")
        }
        func require(_ counts: ClosedRange<Int>) throws(APIError) {
            guard counts.contains(parts.count - 1) else { throw .badRequest("the query must be: \(form)") }
        }
        func part(_ index: Int) -> String? { index < parts.count ? parts[index] : nil }
        switch command {
        case "SET":
            try require((hasValue ? 2 : 3)...5)
            let compress = try part(5).map { (text) throws(APIError) in try KOTFlag.parse(text, "True") } ?? false
            self = .set(
                database: parts[1], key: parts[2], value: part(3), encryptionKey: part(4), compress: compress)
        case "GET":
            try require(2...3)
            self = .get(database: parts[1], key: parts[2], encryptionKey: part(3))
        case "DELETE":
            try require(2...2)
            self = .delete(database: parts[1], key: parts[2])
        case "GET_ALL":
            try require(1...2)
            self = .getAll(database: parts[1], encryptionKey: part(2))
        case "DATABASE_POP":
            try require(1...1)
            self = .databasePop(parts[1])
        case "DATABASE_DELETE":
            try require(1...1)
            self = .databaseDelete(parts[1])
        case "DATABASE_RENAME":
            try require(2...2)
            self = .databaseRename(parts[1], to: parts[2])
        case "DATABASE_LIST":
            try require(0...0)
            self = .databaseList
        case "DATABASE_POP_ALL":
            try require(0...0)
            self = .databasePopAll
        case "DATABASE_DELETE_ALL":
            try require(0...0)
            self = .databaseDeleteAll
        default:
            throw .badRequest("there is no query \(command.prefix(64))")
        }
    }

    /// The parts of a query; one that begins with a quotation mark ends with the same, and may have white space within.
    static func split(_ text: String) throws(APIError) -> [String] {
        var parts: [String] = []
        var rest = Substring(text)
        // One more than any command takes shows that there are too many.
        while parts.count <= Self.partsMax {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { return parts }
            if first == "\"" || first == "'" {
                rest = rest.dropFirst()
                guard let end = rest.firstIndex(of: first) else {
                    throw .badRequest("a part of the query begins with \(first) but does not end with it")
                }
                parts.append(String(rest[..<end]))
                rest = rest[rest.index(after: end)...]
                guard rest.first?.isWhitespace ?? true else {
                    throw .badRequest("white space must follow the \(first) that ends a part of the query")
                }
            } else {
                let part = rest.prefix { !$0.isWhitespace }
                parts.append(String(part))
                rest = rest[part.endIndex...]
            }
        }
        return parts
    }

    /// The command and its parts.
    private static let partsMax = 6
}

/// What KOT's users write for yes and no.
enum KOTFlag {
    /// - Throws: `badRequest` for anything else.
    static func parse(_ text: String, _ name: String) throws(APIError) -> Bool {
        switch text.lowercased() {
        case "true", "1", "yes": return true
        case "false", "0", "no", "none", "": return false
        default: throw .badRequest("\(name) must be true or false")
        }
    }
}
