import Storage

/// A value as a client sends it.
public struct NewValue: Sendable {
    public var bytes: [UInt8]
    /// Nil for what the bytes say: a number where they are the canonical form of one.
    public var type: ValueType?
    public var contentType: ContentType
    /// Nil for the namespace's default.
    public var lifetime: Lifetime?

    /// How long the key is to stay.
    public enum Lifetime: Hashable, Sendable {
        case timeToLive(TimeToLive)
        /// Until then, even where that is past.
        case until(Timestamp)
    }

    public init(
        bytes: [UInt8], type: ValueType? = nil, contentType: ContentType = .unspecified, timeToLive: TimeToLive? = nil
    ) {
        self.bytes = bytes
        self.type = type
        self.contentType = contentType
        lifetime = timeToLive.map { .timeToLive($0) }
    }
}

/// Which namespace a change is meant for.
public struct NamespaceName: Hashable, Sendable {
    public let kind: Namespace.Kind
    public let name: [UInt8]
    /// Whether a change makes the namespace, with no access keys, where there is none.
    public let isCreatedOnWrite: Bool

    public init(_ kind: Namespace.Kind, _ name: [UInt8], isCreatedOnWrite: Bool = false) {
        self.kind = kind
        self.name = name
        self.isCreatedOnWrite = isCreatedOnWrite
    }
}

extension KeyValueStore {
    public typealias Completion<Value> = @Sendable (Result<Value, StoreError>) -> Void

    /// Sets a key and starts its time to live anew.
    ///
    /// - Parameters:
    ///   - condition: decided on the writer, so that no other change comes between.
    ///   - completion: called as by `write` with the key's new version; the command's own errors are `namespaceNotFound`,
    ///     `namespaceDeleted`, `conditionFailed`, `invalid`, and `storage` where there is a condition.
    public func set(
        _ namespace: NamespaceName, _ key: [UInt8], to value: NewValue, if condition: Precondition = .none,
        completion: @escaping Completion<Revision>
    ) {
        write(
            size: Self.commandOverhead + key.count + value.bytes.count + condition.size,
            { (transaction) throws(StoreError) in
                let namespace = try transaction.namespace(namespace)
                try transaction.check(condition, namespace, key)
                try transaction.set(namespace, key, to: value)
                return transaction.revision
            }, completion: completion)
    }

    /// Adds to a key's number, 0 where there is none, and starts its time to live anew.
    ///
    /// - Parameters:
    ///   - condition: as of `set`.
    ///   - completion: called as by `write` with the new number and the key's new version; the command's own errors are
    ///     `namespaceNotFound`, `namespaceDeleted`, `conditionFailed`, `storage`, and `invalid` where the value is no number
    ///     or the sum is out of range.
    public func increment(
        _ namespace: NamespaceName, _ key: [UInt8], by difference: Number, timeToLive: TimeToLive? = nil,
        if condition: Precondition = .none, completion: @escaping Completion<(number: Number, revision: Revision)>
    ) {
        write(
            size: Self.commandOverhead + key.count + condition.size,
            { (transaction) throws(StoreError) in
                let namespace = try transaction.namespace(namespace)
                try transaction.check(condition, namespace, key)
                let sum = try transaction.increment(namespace, key, by: difference, timeToLive: timeToLive)
                return (number: sum, revision: transaction.revision)
            }, completion: completion)
    }

    /// Deletes a key.
    ///
    /// - Parameters:
    ///   - condition: as of `set`.
    ///   - completion: called as by `write` with whether there was such a key; the command's own errors are
    ///     `namespaceNotFound`, `namespaceDeleted`, `conditionFailed` and `storage`.
    public func delete(
        _ namespace: NamespaceName, _ key: [UInt8], if condition: Precondition = .none,
        completion: @escaping Completion<Bool>
    ) {
        write(
            size: Self.commandOverhead + key.count + condition.size, freesSpace: true,
            { (transaction) throws(StoreError) in
                let namespace = try transaction.namespace(namespace.kind, namespace.name)
                try transaction.check(condition, namespace, key)
                return try transaction.delete(namespace, key)
            }, completion: completion)
    }

    /// About what a queued command takes beside its key and value, in bytes.
    static var commandOverhead: Int { 256 }
}

extension WriteTransaction {
    /// The namespace, made now where its name allows.
    func namespace(_ name: NamespaceName) throws(StoreError) -> Namespace {
        guard name.isCreatedOnWrite else { return try namespace(name.kind, name.name) }
        do throws(StoreError) {
            return try namespace(name.kind, name.name)
        } catch {
            guard error == .namespaceNotFound else { throw error }
            return try createNamespace(name.kind, name.name, settings: NamespaceSettings())
        }
    }

    /// - Throws: `conditionFailed`, and `storage` where the key's record can't be read.
    func check(_ condition: Precondition, _ namespace: Namespace, _ key: [UInt8]) throws(StoreError) {
        // Without a condition a set need not read, and mends what can't be read.
        guard !condition.isNone else { return }
        try condition.check(try record(namespace, key) { $0.revision })
    }

    /// - Throws: `invalid` where the time to live reaches past the end of time.
    func set(_ namespace: Namespace, _ key: [UInt8], to value: NewValue) throws(StoreError) {
        let record = Record(
            value: value.bytes, type: value.storedType, contentType: value.contentType,
            expiry: try expiry(of: value.lifetime ?? .timeToLive(namespace.settings.defaultTimeToLive)),
            revision: revision)
        set(record, namespace, key)
    }

    func increment(
        _ namespace: Namespace, _ key: [UInt8], by difference: Number, timeToLive: TimeToLive?
    ) throws(StoreError) -> Number {
        let stored = try record(namespace, key, SeenValue.init)
        let (sum, value) = try NewValue.adding(difference, to: stored, timeToLive: timeToLive)
        try set(namespace, key, to: value)
        return sum
    }

    private func expiry(of lifetime: NewValue.Lifetime) throws(StoreError) -> Timestamp? {
        switch lifetime {
        case .until(let time):
            return time
        case .timeToLive(let timeToLive):
            guard !timeToLive.isForever else { return nil }
            guard let expiry = now.advanced(by: timeToLive) else {
                throw .invalid("ttl is too large; give fewer seconds, or 0 for a key that never expires")
            }
            return expiry
        }
    }
}

extension NewValue {
    /// The type that it is stored with.
    var storedType: ValueType { type ?? (Number.isCanonical(bytes) ? .number : .bytes) }

    /// What an increment sets a key to, and the number that this says.
    ///
    /// - Parameter stored: the key's value, whose content type is kept; nil counts as 0.
    /// - Throws: `invalid` where the value is no number or the sum is out of range.
    static func adding(
        _ difference: Number, to stored: SeenValue?, timeToLive: TimeToLive?
    ) throws(StoreError) -> (Number, NewValue) {
        let sum: Number
        do throws(Number.Failure) {
            let start = try stored.map { (value) throws(Number.Failure) in try Number(parsing: value.bytes) }
            sum = try (start ?? .integer(0)).adding(difference)
        } catch {
            switch error {
            case .notANumber:
                throw .invalid(
                    "the value of this key is not a number, so nothing can be added to it; PUT a number first")
            case .outOfRange:
                throw .invalid("the sum does not fit a 64-bit number; the value was not changed")
            }
        }
        let value = NewValue(
            bytes: Array(sum.text.utf8), contentType: stored?.contentType ?? .unspecified, timeToLive: timeToLive)
        return (sum, value)
    }
}
