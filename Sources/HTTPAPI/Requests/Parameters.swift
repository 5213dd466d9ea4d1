/// Named values of a query string, a form or a JSON object, in their order. What nobody asks for is not looked at.
package struct Parameters: Sendable {
    package struct Field: Sendable {
        package let name: String
        fileprivate let value: Value
    }

    fileprivate enum Value: Sendable {
        case plain([UInt8])
        /// Of a JSON number, whose digits may not be those that were sent.
        case number(String)
        case urlEncoded([UInt8])
        /// A JSON object or array, which stands for no parameter.
        case structure
    }

    package private(set) var fields: [Field] = []

    package static let none = Parameters([])

    package init(_ fields: [Field]) {
        self.fields = fields
    }

    /// How many fields are told apart, so that few bytes each don't become far more in memory; the last has the rest.
    package static let fieldsMax = 4096

    /// Parses `a=1&b=2`.
    package init(urlEncoded text: [UInt8]) {
        let fields = text.split(separator: UInt8(ascii: "&"), maxSplits: Self.fieldsMax - 1)
        self.fields = fields.compactMap { field in
            let encodedName = field.prefix { $0 != UInt8(ascii: "=") }
            guard let name = Self.decode(encodedName) else { return nil }
            let value = Array(field.dropFirst(encodedName.count + 1))
            return Field(name: String(decoding: name, as: UTF8.self), value: .urlEncoded(value))
        }
    }

    private static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        text.withUnsafeBytes { PercentEncoding.decode($0, plusIsSpace: true) }
    }

    /// - Throws: `badRequest` where the name is given twice, since what was meant can't be told, or its value is broken.
    package func value(_ name: String) throws(APIError) -> [UInt8]? {
        var found: Value?
        for field in fields where field.name == name {
            guard found == nil else { throw .badRequest("\(name) is given twice; give it once") }
            found = field.value
        }
        return try found.map { (value) throws(APIError) in try Self.bytes(value, name) }
    }

    /// Calls `body` with the name and the value of each field, in their order.
    package func forEach(_ body: (String, [UInt8]) throws(APIError) -> Void) throws(APIError) {
        for field in fields { try body(field.name, try Self.bytes(field.value, field.name)) }
    }

    private static func bytes(_ value: Value, _ name: String) throws(APIError) -> [UInt8] {
        switch value {
        case .plain(let bytes): return bytes
        case .number(let text): return Array(text.utf8)
        case .structure: throw .badRequest("\(name.prefix(64)) must be a string, a number, true, false or null")
        case .urlEncoded(let text):
            guard let bytes = decode(text[...]) else {
                throw .badRequest(
                    "a % in \(name.prefix(64)) is not followed by two hexadecimal digits; write % itself as %25")
            }
            return bytes
        }
    }

    /// As `value`, but a JSON number is refused, since it may be written in more ways than one.
    package func exactValue(_ name: String) throws(APIError) -> [UInt8]? {
        for field in fields where field.name == name {
            if case .number = field.value { throw .badRequest("\(name) must be a string; put it in quotes") }
        }
        return try value(name)
    }

    package func text(_ name: String) throws(APIError) -> String? {
        guard let value = try value(name) else { return nil }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw .badRequest("\(name) is not valid UTF-8")
        }
        return text
    }

    /// A whole number within `range`.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let text = try text(name) else { return nil }
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = Int(text),
            range.contains(number)
        else {
            let (lowest, highest) = (range.lowerBound, range.upperBound)
            let bounds = highest == .max ? "\(lowest) or more" : "\(lowest) to \(highest)"
            throw .badRequest("\(name) must be a whole number, \(bounds)")
        }
        return number
    }

    package func flag(_ name: String) throws(APIError) -> Bool? {
        guard let text = try text(name) else { return nil }
        switch text.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw .badRequest("\(name) must be true or false")
        }
    }
}

extension Parameters.Field {
    package init(name: String, string: String) {
        self.init(name: name, bytes: Array(string.utf8))
    }

    package init(name: String, bytes: [UInt8]) {
        self.init(name: name, value: .plain(bytes))
    }

    package init(name: String, number: String) {
        self.init(name: name, value: .number(number))
    }

    package init(structureNamed name: String) {
        self.init(name: name, value: .structure)
    }
}
