import Storage

/// Operations that are done in their order, each seeing those before it: all of them or none.
public struct Transaction: Sendable {
    public enum Operation: Sendable {
        /// Where `onlyIfAbsent`, a key that is there stays as it is.
        case set(key: [UInt8], NewValue, onlyIfAbsent: Bool = false)
        case delete(key: [UInt8])
        case increment(key: [UInt8], by: Number, timeToLive: TimeToLive?)
        case get(key: [UInt8])
        /// Fails where the key is not at this version; nil where there must be no such key.
        case check(key: [UInt8], Revision?)
    }

    /// What an operation gave.
    public enum Result: Sendable {
        case set(Revision)
        /// The key was set until a time that is past, so that there is none now.
        case expired
        /// The key was there, with this revision, and is as it was.
        case kept(Revision)
        /// Whether there was such a key.
        case deleted(Bool)
        case incremented(Number, Revision)
        /// Nil where there is no such key.
        case got(Value?)
        case checked(Revision?)
    }

    /// A copy of what a record shows.
    public struct Value: Sendable {
        public let bytes: [UInt8]
        public let type: ValueType
        public let isUTF8: Bool
        public let revision: Revision

        init(_ record: RecordView) {
            bytes = Array(record.value)
            type = record.type
            isUTF8 = record.isUTF8
            revision = record.revision
        }
    }

    /// How much memory the values that a transaction gets may take.
    public struct Limits: Sendable {
        /// The longest value, in bytes.
        public var valueSize: Int
        /// All values of one transaction together, in bytes.
        public var totalSize: Int

        public init(valueSize: Int, totalSize: Int) {
            self.valueSize = valueSize
            self.totalSize = totalSize
        }
    }

    public let operations: [Operation]
    public let limits: Limits

    public init(_ operations: [Operation], limits: Limits) {
        self.operations = operations
        self.limits = limits
    }

    /// Whether it can't change anything, and so needs no writer.
    public var isReadOnly: Bool { operations.allSatisfy { $0.effect == .none } }
    /// Whether it would put something into a namespace that is yet to be made.
    public var adds: Bool { operations.contains { $0.effect == .adds } }

    /// How many operations read a record, so that they may have to wait for the disk.
    public var readCount: Int { operations.count { $0.reads } }

    /// The most that the values which it gets can take together, in bytes.
    public var maxResultSize: Int {
        var size = 0
        for case .get in operations { size = min(limits.totalSize, size + limits.valueSize) }
        return size
    }

    /// About how much memory it and its results hold, in bytes.
    var size: Int {
        operations.reduce(maxResultSize) { size, operation in size + Self.operationOverhead + operation.size }
    }

    private static let operationOverhead = 128
}

extension Transaction.Operation {
    enum Effect {
        case none, adds, deletes
    }

    var effect: Effect {
        switch self {
        case .set, .increment: .adds
        case .delete: .deletes
        case .get, .check: .none
        }
    }

    public var key: [UInt8] {
        switch self {
        case .set(let key, _, _), .delete(let key), .increment(let key, _, _), .get(let key), .check(let key, _): key
        }
    }

    /// Whether it needs the key's record as it is; a set does not, unless it is to keep one.
    var reads: Bool {
        if case .set(_, _, let onlyIfAbsent) = self { onlyIfAbsent } else { true }
    }

    /// The bytes that a client sent with it.
    fileprivate var size: Int {
        if case .set(_, let value, _) = self { key.count + value.bytes.count } else { key.count }
    }
}
