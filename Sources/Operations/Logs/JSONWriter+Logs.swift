import HTTPAPI

extension JSONWriter {
    /// A string in which all that would steer a terminal is escaped, also what JSON would let stand.
    mutating func loggedString(_ text: String) {
        guard text.unicodeScalars.contains(where: { $0.value >= 0x7F && $0.steersDisplay }) else { return string(text) }
        var json = JSONWriter()
        json.string(text)
        for scalar in String(buffer: json.buffer).unicodeScalars {
            if scalar.steersDisplay {
                let digits = String(scalar.value, radix: 16)
                buffer.writeString("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            } else {
                buffer.writeString(String(scalar))
            }
        }
    }
}

extension String {
    /// Its beginning, up to the edge of a scalar.
    func cut(toBytes count: Int) -> String {
        guard utf8.count > count else { return self }
        var end = utf8.index(startIndex, offsetBy: count)
        while utf8[end] & 0xC0 == 0x80 { utf8.formIndex(before: &end) }
        return String(self[..<end])
    }
}
