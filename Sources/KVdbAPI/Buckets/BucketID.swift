/// A bucket's id: what makes it hard to find for those who were not told.
enum BucketID {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// 22 characters of base62, 131 bits, from the system's cryptographic source.
    static func random() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<22).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }
    }

    /// Whether a client may choose this id, on a server that lets clients choose.
    static func mayBeChosen(_ name: UnsafeRawBufferPointer) -> Bool {
        (8...64).contains(name.count) && name.allSatisfy(isAllowed)
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
