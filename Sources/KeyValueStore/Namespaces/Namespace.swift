import Storage

/// A namespace's number inside the store: never used again, so that a rename or a delete is one write.
public struct NamespaceID: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// A named set of keys: a bucket or a database.
public final class Namespace: Sendable {
    /// Kinds never share a name: each has a space of its own.
    public enum Kind: UInt8, Sendable {
        case bucket = 1
        case database = 2
    }

    public let kind: Kind
    public let name: [UInt8]
    public let id: NamespaceID
    public let settings: NamespaceSettings
    /// The roles that it has access keys for.
    public let givenRoles: AccessKeys.Roles
    /// When it was deleted; nil while it lives.
    public let deletion: Timestamp?

    init(kind: Kind, name: [UInt8], id: NamespaceID, settings: NamespaceSettings, deletion: Timestamp? = nil) {
        self.kind = kind
        self.name = name
        self.id = id
        self.settings = settings
        givenRoles = settings.accessKeys.givenRoles
        self.deletion = deletion
    }

    /// Whether anybody may watch what changes in it.
    var isWatchable: Bool { kind == .bucket }

    func replacing(settings: NamespaceSettings) -> Namespace {
        Namespace(kind: kind, name: name, id: id, settings: settings, deletion: deletion)
    }

    func renamed(_ name: [UInt8]) -> Namespace {
        Namespace(kind: kind, name: name, id: id, settings: settings, deletion: deletion)
    }

    func deleted(at time: Timestamp) -> Namespace {
        Namespace(kind: kind, name: name, id: id, settings: NamespaceSettings(), deletion: time)
    }

    /// How long a deleted namespace is remembered, in milliseconds: 30 days.
    static let memoryOfDeletion: Int64 = 30 * 24 * 3600 * 1000

    /// Whether a namespace's record is of one that nothing remembers at `time`, even by a clock that is a day behind.
    static func isForgotten(_ record: UnsafeRawBufferPointer, at time: Timestamp) -> Bool {
        guard let namespace = try? decode(kind: .bucket, name: [], record) else { return false }
        return namespace.isForgotten(at: Timestamp(milliseconds: time.milliseconds - 24 * 3600 * 1000))
    }

    /// Whether it was deleted so long ago that nothing remembers it at `time`.
    func isForgotten(at time: Timestamp) -> Bool {
        guard let deletion else { return false }
        return time.milliseconds - deletion.milliseconds >= Self.memoryOfDeletion
    }
}

/// What can be set of a namespace.
public struct NamespaceSettings: Sendable, Equatable {
    /// How long a key lives after its last update where the update does not say.
    public var defaultTimeToLive: TimeToLive
    public var accessKeys: AccessKeys
    /// Whom the namespace belongs to, as they said.
    public var email: String?
    /// By what sealed values are bound to it; nil where none was sealed yet.
    public var sealingSalt: SealingSalt?

    public init(
        defaultTimeToLive: TimeToLive = .bucketDefault, accessKeys: AccessKeys = AccessKeys(), email: String? = nil
    ) {
        self.defaultTimeToLive = defaultTimeToLive
        self.accessKeys = accessKeys
        self.email = email
    }
}
