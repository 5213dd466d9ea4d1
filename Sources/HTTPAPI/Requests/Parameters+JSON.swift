import KeyValueStore

extension Parameters {
    /// Parses a JSON object. A null counts as not given, and an object or an array is refused only where its name means
    /// something.
    ///
    /// - Throws: `badRequest` where it is no such object, or a name is given twice.
    package init(jsonObject bytes: [UInt8]) throws(APIError) {
        var reader = try JSONReader(bytes)
        guard try reader.kind() == .object else {
            throw .badRequest(#"the body must be a JSON object, as {"name":"value"}"#)
        }
        var fields: [Field] = []
        try reader.object { (name, reader) throws(APIError) in
            switch try reader.kind() {
            case .null: try reader.value()
            case .string: fields.append(Field(name: name, bytes: try reader.string()))
            case .boolean: fields.append(Field(name: name, bytes: Array(try reader.value())))
            case .number: fields.append(Field(name: name, number: try reader.numberText()))
            case .object, .array:
                try reader.value()
                fields.append(Field(structureNamed: name))
            }
        }
        try reader.end()
        self.init(fields)
    }
}

extension JSONReader {
    /// Reads a number: the canonical text of what it means, so that `6e1` is `60`; as it was sent where it is past all bounds.
    package mutating func numberText() throws(APIError) -> String {
        let text = try value()
        return (try? Number(parsing: text))?.text ?? String(decoding: text, as: UTF8.self)
    }
}
