import Storage
import Zstandard

/// A value as a client of a database knows it.
public enum DatabaseValue: Hashable, Sendable {
    /// A JSON text (RFC 8259) without white space between its parts, so on one line.
    case json([UInt8])
    /// A file's bytes.
    case bytes([UInt8])
}

/// A value as a database's record holds it: compressed where that was asked for and helps, then sealed where it has a
/// passphrase. `docs/format.md`, "Values of databases", pins it.
public struct StoredValue: Sendable {
    public enum Failure: Error, Hashable, Sendable {
        /// It is sealed, and not with this seal for this key.
        case wrongKey
        /// It is of no format that is known, or damaged.
        case unreadable
    }

    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let isBytes = Flags(rawValue: 1)
        static let isCompressed = Flags(rawValue: 2)
        static let isSealed = Flags(rawValue: 4)
        static let all: Flags = [.isBytes, .isCompressed, .isSealed]
    }

    private static let format: UInt8 = 1
    private static let headerLength = 2
    /// The most that a sealed value takes beyond the value itself, in bytes.
    public static let overheadMax = headerLength + Seal.overhead
    /// The largest value that is ever kept, in bytes.
    public static let sizeMax = 64 << 20

    /// What the record holds.
    public let bytes: [UInt8]
    private let flags: Flags

    /// - Throws: `unreadable`.
    public init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count >= Self.headerLength, bytes[0] == Self.format else { throw .unreadable }
        let flags = Flags(rawValue: bytes[1])
        let overhead = flags.contains(.isSealed) ? Seal.overhead : 0
        guard flags.isSubset(of: .all), bytes.count >= Self.headerLength + overhead else { throw .unreadable }
        self.flags = flags
        self.bytes = bytes
    }

    /// - Parameters:
    ///   - compressing: whether it is compressed where it takes less then.
    ///   - seal: nil for a value that anyone may read; a sealed one opens only under the same `key`.
    /// - Throws: where it can't be sealed, for which no value that a store keeps is too large.
    public init(_ value: DatabaseValue, compressing: Bool, seal: Seal?, key: [UInt8]) throws {
        var (flags, body): (Flags, [UInt8]) =
            switch value {
            case .json(let text): ([], text)
            case .bytes(let bytes): (.isBytes, bytes)
            }
        if compressing, let compressed = Zstandard.compress(body) {
            flags.insert(.isCompressed)
            body = compressed
        }
        if let seal {
            flags.insert(.isSealed)
            body = try seal.seal(body, context: Self.context(flags, key))
        }
        self.flags = flags
        bytes = [Self.format, flags.rawValue] + body
    }

    public var isSealed: Bool { flags.contains(.isSealed) }
    public var isCompressed: Bool { flags.contains(.isCompressed) }

    /// The value as it was given.
    ///
    /// - Parameters:
    ///   - seal: not looked at where the value is not sealed.
    ///   - key: that of the record.
    public func open(with seal: Seal?, key: [UInt8]) throws(Failure) -> DatabaseValue {
        let value = try unsealed(with: seal, key: key)
        let body = try value.decompressed(value.bytes[Self.headerLength...])
        return flags.contains(.isBytes) ? .bytes(body) : .json(body)
    }

    /// How many bytes `open` gives, without the work of opening; of a sealed value, those beneath its seal.
    public var contentSize: Int {
        get throws(Failure) {
            let body = bytes[Self.headerLength...]
            if isSealed { return body.count - Seal.overhead }
            guard isCompressed else { return body.count }
            do throws(Zstandard.Failure) {
                return try Zstandard.contentSize(of: body)
            } catch {
                throw .unreadable
            }
        }
    }

    /// The same without its seal, still compressed: by far the cheaper part.
    public func unsealed(with seal: Seal?, key: [UInt8]) throws(Failure) -> StoredValue {
        guard isSealed else { return self }
        guard let body = seal?.open(bytes[Self.headerLength...], context: Self.context(flags, key)) else {
            throw .wrongKey
        }
        return try StoredValue([Self.format, flags.subtracting(.isSealed).rawValue] + body)
    }

    private func decompressed(_ body: ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
        guard isCompressed else { return Array(body) }
        do throws(Zstandard.Failure) {
            return try Zstandard.decompress(body, sizeMax: Self.sizeMax)
        } catch {
            throw .unreadable
        }
    }

    /// What a sealed value is bound to besides its database, so that neither its name nor its meaning can be changed.
    private static func context(_ flags: Flags, _ key: [UInt8]) -> [UInt8] {
        [format, flags.rawValue] + key
    }
}
