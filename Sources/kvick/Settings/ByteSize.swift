/// A number of bytes, written as `128B`, `16KiB`, `256MiB`, `2GiB` or plain digits.
struct ByteSize: Hashable, Sendable {
    let bytes: Int

    init(bytes: Int) {
        self.bytes = bytes
    }

    private static let units: [(suffix: String, shift: Int)] = [
        ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0), ("", 0),
    ]
}

extension ByteSize {
    init?(_ text: String) {
        for (suffix, shift) in Self.units where text.lowercased().hasSuffix(suffix.lowercased()) {
            let digits = text.dropLast(suffix.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
                let count = Int(digits)
            else { return nil }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
            guard !overflow else { return nil }
            self.bytes = bytes
            return
        }
        return nil
    }
}

extension ByteSize: CustomStringConvertible {
    var description: String {
        let unit = Self.units.first { bytes != 0 && bytes % (1 << $0.shift) == 0 && !$0.suffix.isEmpty }
        guard let unit else { return "\(bytes)B" }
        return "\(bytes >> unit.shift)\(unit.suffix)"
    }
}

extension ByteSize {
    /// For people: in the largest unit of which it is at least one, as `1.4 MiB`.
    var rounded: String {
        guard let unit = Self.units.first(where: { bytes >> $0.shift > 0 && $0.shift > 0 }) else { return "\(bytes) B" }
        let tenths = (Double(bytes) / Double(1 << unit.shift) * 10).rounded() / 10
        return "\(tenths) \(unit.suffix)"
    }
}
