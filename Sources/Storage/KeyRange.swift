/// The keys from `lowerBound` up to but without `upperBound`.
public struct KeyRange: Hashable, Sendable {
    public var lowerBound: Key
    /// The first key behind the range; nil where the range has no end.
    public var upperBound: Key?

    public init(lowerBound: Key, upperBound: Key?) {
        self.lowerBound = lowerBound
        self.upperBound = upperBound
    }

    /// The keys that begin with `prefix`; all keys where it is empty.
    public init(prefix: [UInt8]) {
        lowerBound = Key(prefix)
        upperBound = Self.successor(ofPrefix: prefix)
    }

    /// Every key.
    public static var all: KeyRange { KeyRange(prefix: []) }

    /// Whether no key can lie in the range.
    public var isEmpty: Bool {
        guard let upperBound else { return false }
        return upperBound <= lowerBound
    }

    public func contains(_ key: Key) -> Bool {
        guard key >= lowerBound else { return false }
        guard let upperBound else { return true }
        return key < upperBound
    }

    /// The part of this range that lies behind `key`.
    public func after(_ key: Key) -> KeyRange {
        let next = Key(key.bytes + [0])
        return KeyRange(lowerBound: max(lowerBound, next), upperBound: upperBound)
    }

    /// The part of this range that lies before `key`.
    public func before(_ key: Key) -> KeyRange {
        guard let upperBound else { return KeyRange(lowerBound: lowerBound, upperBound: key) }
        return KeyRange(lowerBound: lowerBound, upperBound: min(upperBound, key))
    }

    /// The first key behind all that begin with `prefix`; nil where there is none, as behind `FF FF`.
    private static func successor(ofPrefix prefix: [UInt8]) -> Key? {
        var bytes = prefix
        while let last = bytes.popLast() {
            if last < 0xFF {
                bytes.append(last + 1)
                return Key(bytes)
            }
        }
        return nil
    }
}
