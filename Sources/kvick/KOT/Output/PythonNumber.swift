/// Numbers as Python prints them.
enum PythonNumber {
    /// A JSON number as Python reads it and prints it: digits alone are an integer of any size, else it is a float.
    static func text(ofJSON number: ArraySlice<UInt8>) -> String {
        let text = String(decoding: number, as: UTF8.self)
        let isInteger = number.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard !isInteger, let value = Double(text) else { return text == "-0" ? "0" : text }
        return Self.text(value)
    }

    /// The shortest digits that read back as `value`, with an exponent below 0.0001 and from 1e16 on (Python's `repr`).
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        let sign = value.sign == .minus ? "-" : ""
        var (digits, exponent) = shortestDigits(value.magnitude)
        guard exponent >= -4, exponent < 16 else {
            let first = digits.removeFirst()
            let fraction = digits.isEmpty ? "" : "." + digits
            let magnitude = String(exponent.magnitude)
            let padding = magnitude.count < 2 ? "0" : ""
            return "\(sign)\(first)\(fraction)e\(exponent < 0 ? "-" : "+")\(padding)\(magnitude)"
        }
        if exponent < 0 {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        let wholeCount = exponent + 1
        if digits.count <= wholeCount {
            return sign + digits + String(repeating: "0", count: wholeCount - digits.count) + ".0"
        }
        return sign + digits.prefix(wholeCount) + "." + digits.dropFirst(wholeCount)
    }

    /// The digits without leading and trailing zeros, and the power of ten of the first one.
    private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = (parts.first ?? "0").split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa.first ?? "0"
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let digits = whole + fraction
        let leadingZeros = digits.prefix { $0 == "0" }.count
        guard leadingZeros < digits.count else { return ("0", 0) }
        let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole.count - 1 - leadingZeros
        var significant = digits.dropFirst(leadingZeros)
        while significant.last == "0" { significant.removeLast() }
        return (String(significant), exponent)
    }
}
