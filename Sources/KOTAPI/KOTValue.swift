import KeyValueStore

/// What a key of a KOT database holds.
public typealias KOTValue = DatabaseValue

/// How a value is to be kept.
public struct KOTStorage: Sendable {
    /// The passphrase under which it is sealed; nil for none.
    public var encryptionKey: String?
    /// Whether it is compressed where that makes it smaller.
    public var compress: Bool

    public init(encryptionKey: String? = nil, compress: Bool = false) {
        self.encryptionKey = encryptionKey
        self.compress = compress
    }
}

/// One step of a transaction.
public enum KOTOperation: Sendable {
    case set(key: String, KOTValue)
    case get(key: String)
    case delete(key: String)
}

/// The levels of KOT's log.
public enum KOTLogLevel: String, Sendable, CaseIterable {
    case debug, info, warning, error, exception
}
