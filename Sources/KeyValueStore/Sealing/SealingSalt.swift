/// What makes the keys of one database unlike those of all others: 16 random bytes, by which its sealed values are bound to it.
public struct SealingSalt: Hashable, Sendable {
    /// In bytes.
    public static let length = 16

    public let bytes: [UInt8]

    /// - Returns: nil unless there are 16 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// One that nobody has.
    public static func random() -> SealingSalt {
        SealingSalt(unchecked: RandomBytes.make(count: length))
    }

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }
}
