import KOTAPI

/// Prints names with their values as they come: `name:   value` on a terminal, or an object in JSON.
final class DictionaryPrinter {
    /// How many entries, and bytes of them, are held back so that the longest of their names is known.
    private static let heldCountMax = 10_000
    private static let heldSizeMax = 16 << 20

    private let output: StandardOutput
    private let isJSON: Bool
    private var held: [(name: String, line: String)] = []
    private var heldSize = 0
    /// The columns of a name with its colon; nil while entries are held back.
    private var width: Int?
    private var isEmpty = true

    init(output: StandardOutput, isJSON: Bool) {
        self.output = output
        self.isJSON = isJSON
    }

    func add(_ name: String, _ value: KOTValue) throws {
        defer { isEmpty = false }
        guard !isJSON else { return try addJSON(name, value) }
        let (name, line) = (FireText.onOneLine(name), try FireText.line(value))
        if let width { return try print(name, line, width: width) }
        held.append((name, line))
        heldSize += name.utf8.count + line.utf8.count
        if held.count >= Self.heldCountMax || heldSize >= Self.heldSizeMax { try release() }
    }

    func end() throws {
        if isJSON {
            try output.write(isEmpty ? "{}\n" : "}\n")
        } else if isEmpty {
            try output.write("{}\n")
        } else if width == nil {
            try release()
        }
    }

    private func addJSON(_ name: String, _ value: KOTValue) throws {
        try output.write(isEmpty ? "{" : ",")
        try output.write(JSONText.string(name))
        try output.write(":")
        try output.write(value.json)
    }

    private func release() throws {
        let width = 1 + (held.map { FireText.width($0.name) }.max() ?? 0)
        self.width = width
        for (name, line) in held { try print(name, line, width: width) }
        held = []
    }

    private func print(_ name: String, _ line: String, width: Int) throws {
        let padding = String(repeating: " ", count: max(0, width - FireText.width(name) - 1))
        try output.write("\(name):\(padding) \(line)\n")
    }
}
