/// What a request does, as far as access is concerned.
enum Operation {
    case get, head, put, post, patch, delete
    /// A prefix of nil is none; the parameter may also be there and be empty.
    case list(prefix: [UInt8]?, values: Bool)
    case watch(prefix: [UInt8]?, values: Bool)
    case transaction([TransactionStep])

    /// Whether it names a key in its path; else the bucket.
    var isOfKey: Bool {
        switch self {
        case .get, .head, .put, .post, .patch, .delete: true
        case .list, .watch, .transaction: false
        }
    }
}

/// One operation of a transaction.
struct TransactionStep {
    enum Kind: CaseIterable {
        case get, set, incr, delete, checkAbsence
    }

    let kind: Kind
    let key: [UInt8]

    var isReserved: Bool { key.starts(with: "tokens/".utf8) }
}

/// The access keys of a bucket.
struct BucketKeys: OptionSet {
    let rawValue: UInt8

    static let secret = BucketKeys(rawValue: 1)
    static let read = BucketKeys(rawValue: 2)
    static let write = BucketKeys(rawValue: 4)
    static let signing = BucketKeys(rawValue: 8)
}

/// What a request shows.
enum ShownCredential {
    case none
    /// Nothing that was ever good for the bucket, or is not any more.
    case wrong
    /// What would be that key, if the bucket had it.
    case key(BucketKeys)
    /// A token that would be good, if the bucket had a signing key.
    case token(prefix: [UInt8], permissions: Set<String>)
}

/// Who may do what, written down from the tables of `docs/api.md` and from nothing else.
struct AccessOracle {
    enum Verdict: Int {
        case allowed = 200
        case unauthorized = 401
        case forbidden = 403
    }

    let keys: BucketKeys

    func verdict(on operation: Operation, key: [UInt8], with credential: ShownCredential) -> Verdict {
        if case .transaction(let steps) = operation { return verdict(on: steps, with: credential) }
        switch credential {
        case .none:
            return needed(for: operation) == nil ? .allowed : .unauthorized
        case .wrong:
            return .unauthorized
        case .key(let shown):
            guard keys.contains(shown) else { return .unauthorized }
            guard let needed = needed(for: operation) else { return .allowed }
            return needed.contains(shown) ? .allowed : .forbidden
        case .token(let prefix, let permissions):
            guard keys.contains(.signing) else { return .unauthorized }
            return Self.reaches(prefix, permissions, operation, key) ? .allowed : .forbidden
        }
    }

    /// Of the first step that is refused.
    private func verdict(on steps: [TransactionStep], with credential: ShownCredential) -> Verdict {
        switch credential {
        case .wrong: return .unauthorized
        case .key(let shown) where !keys.contains(shown): return .unauthorized
        case .token where !keys.contains(.signing): return .unauthorized
        case .none, .key, .token: break
        }
        for step in steps {
            let verdicts =
                switch step.kind {
                case .get: [verdict(on: .get, key: step.key, with: credential)]
                case .set, .incr: [verdict(on: .put, key: step.key, with: credential)]
                case .delete: [verdict(on: .delete, key: step.key, with: credential)]
                case .checkAbsence:
                    [Operation.get, .put, .delete].map { verdict(on: $0, key: step.key, with: credential) }
                }
            if !verdicts.contains(.allowed) { return verdicts[0] }
        }
        return .allowed
    }

    /// The keys of which one is needed; nil where anyone may.
    private func needed(for operation: Operation) -> BucketKeys? {
        switch operation {
        case .get, .head:
            return keys.contains(.read) ? [.read, .secret] : nil
        case .put, .post, .patch, .delete:
            return keys.contains(.write) ? [.write, .secret] : nil
        case .list, .watch:
            if keys.contains(.read) { return [.read, .secret] }
            return keys.contains(.secret) ? .secret : nil
        case .transaction:
            return nil
        }
    }

    private static func reaches(
        _ prefix: [UInt8], _ permissions: Set<String>, _ operation: Operation, _ key: [UInt8]
    ) -> Bool {
        func isWithin(_ bytes: [UInt8]) -> Bool { Array(bytes.prefix(prefix.count)) == prefix }
        switch operation {
        case .get, .head:
            return isWithin(key) && permissions.contains("read")
        case .put, .post, .patch:
            return isWithin(key) && permissions.contains("write")
        case .delete:
            return isWithin(key) && (permissions.contains("write") || permissions.contains("delete"))
        case .list(let requested, let values), .watch(let requested, let values):
            guard permissions.contains("read") || (!values && permissions.contains("enumerate")) else { return false }
            return requested.map { $0.isEmpty || isWithin($0) } ?? true
        case .transaction:
            return true
        }
    }

    /// What a list that is allowed walks.
    static func listPrefix(_ requested: [UInt8]?, with credential: ShownCredential) -> [UInt8] {
        if let requested, !requested.isEmpty { return requested }
        if case .token(let prefix, _) = credential { return prefix }
        return []
    }
}
