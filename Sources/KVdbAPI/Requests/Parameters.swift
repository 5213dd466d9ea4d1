/// Named values of a query string, a form or a JSON object, in their order. What nobody asks for is not looked at.
struct Parameters: Sendable {
    struct Field: Sendable {
        let name: String
        fileprivate let value: Value
    }

    fileprivate enum Value: Sendable {
        case plain([UInt8])
        /// Of a JSON number, whose digits may not be those that were sent.
        case number(String)
        case urlEncoded([UInt8])
    }

    private(set) var fields: [Field] = []

    static let none = Parameters([])

    init(_ fields: [Field]) {
        self.fields = fields
    }

    /// Parses `a=1&b=2`.
    init(urlEncoded text: some Collection<UInt8>) {
        fields = text.split(separator: UInt8(ascii: "&")).compactMap { field in
            let encodedName = field.prefix { $0 != UInt8(ascii: "=") }
            guard let name = PercentEncoding.decode(encodedName, plusIsSpace: true) else { return nil }
            let value = Array(field.dropFirst(encodedName.count + 1))
            return Field(name: String(decoding: name, as: UTF8.self), value: .urlEncoded(value))
        }
    }

    /// - Throws: `badRequest` where the name is given twice, since what was meant can't be told, or its value is broken.
    func value(_ name: String) throws(APIError) -> [UInt8]? {
        var found: Value?
        for field in fields where field.name == name {
            guard found == nil else { throw .badRequest("\(name) is given twice; give it once") }
            found = field.value
        }
        switch found {
        case nil: return nil
        case .plain(let value): return value
        case .number(let text): return Array(text.utf8)
        case .urlEncoded(let text):
            guard let value = PercentEncoding.decode(text, plusIsSpace: true) else {
                throw .badRequest("a % in \(name) is not followed by two hexadecimal digits; write % itself as %25")
            }
            return value
        }
    }

    /// As `value`, but a JSON number is refused, since it may be written in more ways than one.
    func exactValue(_ name: String) throws(APIError) -> [UInt8]? {
        for field in fields where field.name == name {
            if case .number = field.value { throw .badRequest("\(name) must be a string; put it in quotes") }
        }
        return try value(name)
    }

    func text(_ name: String) throws(APIError) -> String? {
        guard let value = try value(name) else { return nil }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw .badRequest("\(name) is not valid UTF-8")
        }
        return text
    }

    /// A whole number within `range`.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
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

    func flag(_ name: String) throws(APIError) -> Bool? {
        guard let text = try text(name) else { return nil }
        switch text.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw .badRequest("\(name) must be true or false")
        }
    }
}

extension Parameters.Field {
    init(name: String, string: String) {
        self.init(name: name, bytes: Array(string.utf8))
    }

    init(name: String, bytes: [UInt8]) {
        self.init(name: name, value: .plain(bytes))
    }

    init(name: String, number: String) {
        self.init(name: name, value: .number(number))
    }
}
