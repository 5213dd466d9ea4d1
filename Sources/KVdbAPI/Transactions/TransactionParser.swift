import HTTPAPI
import KeyValueStore
import Storage

/// Reads the body of a transaction: `{"txn":[…]}`.
package struct TransactionParser: Sendable {
    let options: KVdbOptions

    package init(options: KVdbOptions) {
        self.options = options
    }

    /// - Throws: `badRequest`, whose text names the operation that can't be read, as `txn[3]: …`.
    package func parse(_ body: [UInt8]) throws(APIError) -> Transaction {
        var json = try JSONReader(body)
        guard json.beginsObject else { throw Self.noTransaction }
        var operations: [Transaction.Operation]?
        try json.object { (name, json) throws(APIError) in
            guard name == "txn" else {
                try json.value()
                return
            }
            guard try json.kind() == .array else { throw Self.noTransaction }
            operations = try self.operations(&json)
        }
        try json.end()
        guard let operations else { throw Self.noTransaction }
        let limits = Transaction.Limits(
            valueSize: options.maxValueSize, totalSize: options.maxTransactionResultSize)
        return Transaction(operations, limits: limits)
    }

    private static let noTransaction = APIError.badRequest(
        #"the body must be a transaction, as {"txn":[{"set":"key","value":"text"},{"delete":"old"}]}"#)

    private func operations(_ json: inout JSONReader) throws(APIError) -> [Transaction.Operation] {
        var operations: [Transaction.Operation] = []
        try json.array { (index, json) throws(APIError) in
            guard index < options.maxTransactionOperations else {
                throw .badRequest(
                    "a transaction has at most \(options.maxTransactionOperations) operations; send more of them in parts"
                )
            }
            do throws(APIError) {
                operations.append(try operation(&json))
            } catch {
                throw error.naming(operation: index)
            }
        }
        return operations
    }

    /// The members of an operation that mean something, each where its value begins.
    struct Members {
        fileprivate var action: (Action, JSONReader)?
        var value: JSONReader?
        var base64: JSONReader?
        var type: JSONReader?
        var contentType: JSONReader?
        var timeToLive: JSONReader?
        var expires: JSONReader?
        fileprivate var onlyIfAbsent: JSONReader?
        fileprivate var difference: JSONReader?
        fileprivate var version: JSONReader?
    }

    fileprivate enum Action: String, CaseIterable {
        case set, delete, incr, get, check
    }

    private func operation(_ json: inout JSONReader) throws(APIError) -> Transaction.Operation {
        guard try json.kind() == .object else { throw Self.noOperation }
        var members = Members()
        try json.object { (name, json) throws(APIError) in
            let start = json
            try json.value()
            switch name {
            case "value": members.value = start
            case "base64": members.base64 = start
            case "type": members.type = start
            case "content_type": members.contentType = start
            case "ttl": members.timeToLive = start
            case "expires": members.expires = start
            case "if_absent": members.onlyIfAbsent = start
            case "by": members.difference = start
            case "version": members.version = start
            default:
                guard let action = Action(rawValue: name) else { return }
                guard members.action == nil else { throw Self.noOperation }
                members.action = (action, start)
            }
        }
        guard let (action, keyStart) = members.action else { throw Self.noOperation }
        let key = try key(keyStart, action)
        switch action {
        case .set:
            let onlyIfAbsent = try flag(members.onlyIfAbsent, "if_absent")
            return .set(key: key, try newValue(members), onlyIfAbsent: onlyIfAbsent)
        case .delete:
            return .delete(key: key)
        case .incr:
            return .increment(
                key: key, by: try difference(members.difference), timeToLive: try timeToLive(members.timeToLive))
        case .get:
            return .get(key: key)
        case .check:
            return .check(key: key, try version(members.version))
        }
    }

    private static let noOperation = APIError.badRequest(
        "an operation is an object with exactly one of \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
}

// MARK: - Members

extension TransactionParser {
    private func key(_ json: JSONReader, _ action: Action) throws(APIError) -> [UInt8] {
        var json = json
        guard try [.string, .object].contains(json.kind()) else { throw Self.noKey(action) }
        let key = try json.stringOrBase64()
        guard !key.isEmpty else { throw .badRequest("the key is empty; give at least one byte") }
        guard key.count <= options.maxKeySize else { throw .tooLong(key: key.count, limit: options.maxKeySize) }
        guard !key.withUnsafeBytes({ ReservedPaths.contain($0) }) else {
            throw .badRequest(ReservedPaths.refusal)
        }
        return key
    }

    private static func noKey(_ action: Action) -> APIError {
        .badRequest(#"\#(action.rawValue) takes a key: a string, or {"base64":"…"} for bytes that are not UTF-8"#)
    }

    /// The text of a number or of a string; nil where there is none.
    func scalar(_ json: JSONReader?, _ name: String) throws(APIError) -> String? {
        guard var json else { return nil }
        switch try json.kind() {
        case .null: return nil
        case .number: return try json.numberText()
        case .string: return String(decoding: try json.string(), as: UTF8.self)
        default: throw .badRequest("\(name) must be a number")
        }
    }

    private func flag(_ json: JSONReader?, _ name: String) throws(APIError) -> Bool {
        guard var json else { return false }
        switch try json.kind() {
        case .null: return false
        case .boolean: return try json.value().first == UInt8(ascii: "t")
        default: throw .badRequest("\(name) must be true or false")
        }
    }

    private func difference(_ json: JSONReader?) throws(APIError) -> Number {
        guard let text = try scalar(json, "by") else { return .integer(1) }
        do throws(Number.Failure) {
            return try Number(parsing: text.utf8)
        } catch {
            switch error {
            case .notANumber: throw .badRequest("by must be the number to add, as 1 or -2.5")
            case .outOfRange: throw .badRequest("by does not fit 64 bits; give a smaller number")
            }
        }
    }

    private func version(_ json: JSONReader?) throws(APIError) -> Revision? {
        guard var json else { throw Self.noVersion }
        switch try json.kind() {
        case .null: return nil
        case .string:
            guard let revision = Revision(decimal: try json.string()) else { throw Self.noVersion }
            return revision
        default: throw Self.noVersion
        }
    }

    private static let noVersion = APIError.badRequest(
        #"a check needs a version: a string, as "12", or null for a key that must not exist"#)
}

extension APIError {
    static func tooLong(key count: Int, limit: Int) -> APIError {
        .badRequest("the key has \(count) bytes, and the limit is \(limit); choose a shorter one")
    }

    /// The same with the operation's place before its text.
    func naming(operation index: Int) -> APIError {
        var error = self
        error.message = "txn[\(index)]: \(message)"
        return error
    }
}
