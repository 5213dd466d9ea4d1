/// A number as KVdb's counters know it: a signed 64-bit integer, or a finite 64-bit float.
public enum Number: Hashable, Sendable {
    case integer(Int64)
    case float(Double)

    /// Why bytes or a sum are no number.
    public enum Failure: Error, Sendable {
        case notANumber
        /// An integer outside of 64 bits, or a float that is not finite.
        case outOfRange
    }

    /// Parses `[+-] digits [. digits] [e [+-] digits]`; no white space, no hexadecimal, no infinity.
    public init(parsing text: some Collection<UInt8>) throws(Failure) {
        guard text.count <= Self.maxLength, let syntax = Syntax(text) else { throw .notANumber }
        let string = String(decoding: text, as: UTF8.self)
        if syntax == .integer, let value = Int64(string) {
            self = .integer(value)
            return
        }
        guard let value = Double(string) else { throw .notANumber }
        guard value.isFinite else { throw .outOfRange }
        // Digits that no 64-bit integer holds are a float only in the form that a float itself is written in.
        if syntax == .integer, Self.float(value).text != string { throw .outOfRange }
        self = .float(value)
    }

    /// The sum: an integer while both sides are, else a float.
    public func adding(_ other: Number) throws(Failure) -> Number {
        if case .integer(let left) = self, case .integer(let right) = other {
            let (sum, overflow) = left.addingReportingOverflow(right)
            guard !overflow else { throw .outOfRange }
            return .integer(sum)
        }
        let sum = doubleValue + other.doubleValue
        guard sum.isFinite else { throw .outOfRange }
        return .float(sum)
    }

    /// The canonical decimal form: an integer's digits; for a float the shortest digits that read back as the same
    /// float, laid out as ECMAScript does (ECMA-262, Number::toString), which is valid JSON.
    public var text: String {
        switch self {
        case .integer(let value): String(value)
        case .float(let value): Self.text(of: value)
        }
    }

    /// Whether `value` is the canonical form of a number, so that lists show it as one: `101` and `2.5`, not `007` or `1.10`.
    public static func isCanonical(_ value: some Collection<UInt8>) -> Bool {
        guard let first = value.first, first == UInt8(ascii: "-") || isDigit(first), value.count <= canonicalMaxLength,
            let number = try? Number(parsing: value)
        else { return false }
        return number.text.utf8.elementsEqual(value)
    }

    private var doubleValue: Double {
        switch self {
        case .integer(let value): Double(value)
        case .float(let value): value
        }
    }

    /// Longer texts than this are not read as numbers: no float needs more digits to be told from all others.
    private static let maxLength = 1100
    /// The longest canonical form, as `-1.2345678901234567e-308`.
    private static let canonicalMaxLength = 25
}

extension Number {
    private enum Syntax {
        case integer, float

        init?(_ text: some Collection<UInt8>) {
            var rest = text[...]
            func skipDigits() -> Bool {
                let digits = rest.prefix(while: Number.isDigit)
                rest = rest[digits.endIndex...]
                return !digits.isEmpty
            }
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard skipDigits() else { return nil }
            self = .integer
            if rest.first == UInt8(ascii: ".") {
                rest = rest.dropFirst()
                guard skipDigits() else { return nil }
                self = .float
            }
            if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
                rest = rest.dropFirst()
                if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                    rest = rest.dropFirst()
                }
                guard skipDigits() else { return nil }
                self = .float
            }
            guard rest.isEmpty else { return nil }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func text(of value: Double) -> String {
        if value == 0 { return "0" }
        let (digits, exponent) = shortestDecimal(of: value.magnitude)
        let sign = value < 0 ? "-" : ""
        let count = digits.count
        // The names and cases are ECMA-262's: `exponent` is n, `count` is k.
        switch exponent {
        case count...21:
            return sign + digits + String(repeating: "0", count: exponent - count)
        case 1...21:
            return sign + digits.prefix(exponent) + "." + digits.dropFirst(exponent)
        case -5...0:
            return sign + "0." + String(repeating: "0", count: -exponent) + digits
        default:
            let power = exponent - 1
            let mantissa = count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
            return sign + mantissa + "e" + (power < 0 ? "-" : "+") + String(power.magnitude)
        }
    }

    /// The shortest digits `d` and the exponent `n` with 0.d × 10ⁿ equal to `value`, which must be positive and finite.
    private static func shortestDecimal(of value: Double) -> (digits: String, exponent: Int) {
        // Swift's description has the shortest digits, as `123.45`, `5e-324` or `1.7976931348623157e+308`.
        let parts = value.description.split(separator: "e")
        let mantissa = parts.first ?? "0"
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let halves = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        let whole = halves.first ?? "0"
        let fraction = halves.count > 1 ? halves[1] : ""
        exponent += whole.count
        let all = whole + fraction
        let leadingZeros = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leadingZeros)
        exponent -= leadingZeros
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), exponent)
    }
}
