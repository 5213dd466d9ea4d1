import Storage

/// What a stored value is, beyond its bytes.
public enum ValueType: UInt8, Sendable {
    /// Any bytes.
    case bytes = 0
    /// The canonical decimal form of a number (see `Number`).
    case number = 1
    /// A JSON text.
    case json = 2
}

/// The media type that a value was written with.
public enum ContentType: Hashable, Sendable {
    /// None, or one that says nothing of the value, as a form's.
    case unspecified
    /// As it was sent: 1 to 255 bytes.
    case explicit([UInt8])

    /// The longest that a record can keep, in bytes.
    public static let maxLength = 255
}

/// A key's value with what belongs to it, as it is to be written.
public struct Record: Sendable {
    public var value: [UInt8]
    public var type: ValueType
    public var contentType: ContentType
    /// When the key is gone; nil where it stays.
    public var expiry: Timestamp?
    public var revision: Revision

    public init(
        value: [UInt8], type: ValueType, contentType: ContentType = .unspecified, expiry: Timestamp? = nil,
        revision: Revision
    ) {
        self.value = value
        self.type = type
        self.contentType = contentType
        self.expiry = expiry
        self.revision = revision
    }

    /// The record as the engine keeps it; `docs/format.md`, "Records", pins the layout.
    func encoded() -> [UInt8] {
        var mediaType: [UInt8] = []
        if case .explicit(let bytes) = contentType { mediaType = Array(bytes.prefix(ContentType.maxLength)) }
        var flags: RecordView.Flags = []
        if (try? UTF8Span(validating: value.span)) != nil { flags.insert(.isUTF8) }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(RecordView.headerLength + mediaType.count + value.count)
        bytes.append(RecordView.format)
        bytes.append(type.rawValue)
        bytes.append(flags.rawValue)
        bytes.append(UInt8(mediaType.count))
        bytes.appendBigEndian(revision.rawValue)
        bytes.appendBigEndian(expiry?.milliseconds ?? 0)
        bytes.append(contentsOf: mediaType)
        bytes.append(contentsOf: value)
        return bytes
    }
}

/// A stored record, read in place. Valid only as long as the bytes that it was made of.
public struct RecordView {
    struct Flags: OptionSet {
        let rawValue: UInt8
        /// The value is valid UTF-8.
        static let isUTF8 = Flags(rawValue: 1)
        static let all: Flags = [.isUTF8]
    }

    static let format: UInt8 = 1
    static let headerLength = 20

    public let type: ValueType
    public let isUTF8: Bool
    public let revision: Revision
    /// When the key is gone; nil where it stays.
    public let expiry: Timestamp?
    /// As it was sent; empty where the value has none of its own.
    public let contentType: UnsafeRawBufferPointer
    public let value: UnsafeRawBufferPointer

    /// - Returns: nil where `bytes` are no record of a known format.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.headerLength, bytes[0] == Self.format, let type = ValueType(rawValue: bytes[1]),
            let revision = bytes.bigEndian(UInt64.self, at: 4),
            let expiry = bytes.bigEndian(Int64.self, at: 12)
        else { return nil }
        let valueStart = Self.headerLength + Int(bytes[3])
        guard bytes.count >= valueStart else { return nil }
        self.type = type
        self.isUTF8 = Flags(rawValue: bytes[2]).contains(.isUTF8)
        self.revision = Revision(rawValue: revision)
        self.expiry = expiry == 0 ? nil : Timestamp(milliseconds: expiry)
        self.contentType = UnsafeRawBufferPointer(rebasing: bytes[Self.headerLength..<valueStart])
        self.value = bytes.suffix(fromOffset: valueStart)
    }

    /// What a record is to a reader.
    enum State<Live> {
        case live(Live)
        case expired
        /// It is of no known format, and so neither shown nor overwritten.
        case unreadable

        func map<Result>(_ transform: (Live) -> Result) -> State<Result> {
            switch self {
            case .live(let live): .live(transform(live))
            case .expired: .expired
            case .unreadable: .unreadable
            }
        }
    }

    /// The record that `bytes` hold, as it is to a reader at `time`.
    static func read(_ bytes: UnsafeRawBufferPointer, at time: Timestamp) -> State<RecordView> {
        guard let record = RecordView(bytes) else { return .unreadable }
        return record.isExpired(at: time) ? .expired : .live(record)
    }

    /// Whether the key is gone at `time`.
    func isExpired(at time: Timestamp) -> Bool {
        guard let expiry else { return false }
        return expiry <= time
    }
}

extension StorageError {
    public static let unreadableRecord = StorageError(
        .damaged, "a record is of no format that this version knows; restore a backup or use the version that wrote it")
}
