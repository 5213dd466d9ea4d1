/// Named values of a query string or a form, in their order.
struct Parameters: Sendable {
    private(set) var fields: [(name: String, value: [UInt8])] = []

    static let none = Parameters()

    private init() {}

    init(_ fields: [(name: String, value: [UInt8])]) {
        self.fields = fields
    }

    /// Parses `a=1&b=2`.
    ///
    /// - Throws: `badRequest` where the percent-encoding is broken.
    init(urlEncoded text: some Collection<UInt8>) throws(APIError) {
        for field in text.split(separator: UInt8(ascii: "&")) {
            let encodedName = field.prefix { $0 != UInt8(ascii: "=") }
            let encodedValue = field.dropFirst(encodedName.count + 1)
            guard let name = PercentEncoding.decode(encodedName, plusIsSpace: true),
                let value = PercentEncoding.decode(encodedValue, plusIsSpace: true)
            else {
                throw .badRequest(
                    "a % in the parameters is not followed by two hexadecimal digits; write % itself as %25")
            }
            fields.append((String(decoding: name, as: UTF8.self), value))
        }
    }

    /// - Throws: `badRequest` where the name is given twice: what was meant can't be told.
    func value(_ name: String) throws(APIError) -> [UInt8]? {
        var found: [UInt8]?
        for field in fields where field.name == name {
            guard found == nil else { throw .badRequest("\(name) is given twice; give it once") }
            found = field.value
        }
        return found
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
