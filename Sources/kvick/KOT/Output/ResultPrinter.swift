import KOTAPI

/// Prints what commands answer: as KOT does on a terminal, or as one JSON text.
struct ResultPrinter {
    let output: StandardOutput
    let isJSON: Bool

    /// What KOT answers with `True`.
    func done() throws {
        try line(isJSON ? "true" : "True")
    }

    /// What KOT answers with `None`, which it prints nothing of.
    func nothing() throws {
        if isJSON { try line("null") }
    }

    func text(_ text: String) throws {
        guard isJSON else { return try line(text) }
        try line(JSONText.string(text))
    }

    func integer(_ number: Int?) throws {
        guard let number else { return try nothing() }
        try line(String(number))
    }

    func seconds(_ seconds: Double) throws {
        try line(PythonNumber.text(seconds))
    }

    /// - Parameter value: nil for none.
    func value(_ value: KOTValue?) throws {
        switch value {
        case nil: try nothing()
        case .bytes(let bytes) where !isJSON: try line(FireText.file(bytes))
        case .json(let json) where !isJSON: try plain(json[...])
        case let value?: try line(value.json)
        }
    }

    /// One element a line.
    func list(_ values: [KOTValue?]) throws {
        guard isJSON else {
            for value in values { try line(FireText.line(value ?? .null)) }
            return
        }
        try output.write("[")
        for (index, value) in values.enumerated() {
            if index > 0 { try output.write(",") }
            try output.write((value ?? .null).json)
        }
        try line("]")
    }

    /// Prints the entries that `body` adds.
    func dictionary(_ body: (DictionaryPrinter) async throws -> Void) async throws {
        let printer = DictionaryPrinter(output: output, isJSON: isJSON)
        try await body(printer)
        try printer.end()
    }

    private func plain(_ json: ArraySlice<UInt8>) throws {
        if let elements = JSONText.elements(of: json) {
            for element in elements { try line(FireText.line(element)) }
        } else if let members = try JSONText.members(of: json) {
            let printer = DictionaryPrinter(output: output, isJSON: false)
            for (name, value) in members { try printer.add(name, .json(Array(value))) }
            try printer.end()
        } else {
            try scalar(json)
        }
    }

    private func scalar(_ json: ArraySlice<UInt8>) throws {
        switch json.first {
        case UInt8(ascii: "\""): try line(JSONText.text(ofString: json))
        case UInt8(ascii: "t"): try line("True")
        case UInt8(ascii: "f"): try line("False")
        case UInt8(ascii: "n"): break
        default: try line(PythonNumber.text(ofJSON: json))
        }
    }

    private func line(_ text: String) throws {
        try output.write(text)
        try output.write("\n")
    }

    private func line(_ bytes: [UInt8]) throws {
        try output.write(bytes)
        try output.write("\n")
    }
}
