import Storage

/// One thing that every storage engine must do, as a test of any framework can run it.
public struct ConformanceCase<Engine: StorageEngine>: Sendable {
    /// Makes a new and empty engine with the given filter.
    public typealias MakeEngine = @Sendable (RecordFilter) throws -> Engine

    /// What the engine does, as a sentence.
    public let name: String
    private let body: @Sendable (MakeEngine) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (MakeEngine) throws -> Void) {
        self.name = name
        self.body = body
    }

    /// A case for an engine that finds no record to be garbage, which is closed at the end.
    init(_ name: String, engine body: @escaping @Sendable (Engine) throws -> Void) {
        self.init(name) { makeEngine in
            let engine = try makeEngine(.keepingAll)
            defer { engine.close() }
            try body(engine)
        }
    }

    /// Checks the engines that `makeEngine` makes.
    ///
    /// - Throws: `ConformanceFailure` where one does something else; what making one throws.
    public func run(_ makeEngine: MakeEngine) throws {
        try body(makeEngine)
    }
}

extension ConformanceCase: CustomStringConvertible {
    public var description: String { name }
}

/// What an engine did other than it must.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let message: String

    public var description: String { message }
}

/// All that a storage engine must do.
public enum EngineConformance<Engine: StorageEngine> {
    public static var cases: [ConformanceCase<Engine>] {
        recordCases + batchCases + scanCases + snapshotCases + reclaimCases + closingCases + concurrencyCases
            + [randomOperationsCase]
    }
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    guard condition else { throw ConformanceFailure(message: message()) }
}

func expectEqual<Value: Equatable>(_ actual: Value, _ expected: Value, _ what: @autoclosure () -> String) throws {
    guard actual != expected else { return }
    throw ConformanceFailure(message: "\(what()): \(actual), not \(expected)")
}

/// Expects `body` to fail with `code`.
func expectFailure(_ code: StorageError.Code, _ what: String, _ body: () throws(StorageError) -> Void) throws {
    do throws(StorageError) {
        try body()
    } catch {
        return try expectEqual(error.code, code, what)
    }
    throw ConformanceFailure(message: "\(what): it succeeded, and should fail with \(code)")
}

extension StorageEngine {
    /// Puts each of `keys` with itself as value, in the given order.
    func putEach(_ keys: [[UInt8]]) throws {
        for key in keys {
            try put(key, key)
        }
    }

    /// Expects that all kinds of read find `value` for `key`, or none where it is nil.
    func expectValue(_ value: [UInt8]?, of key: [UInt8]) throws {
        try expectEqual(self.value(of: key), value, "the value of \(key)")
        switch cachedValue(of: key) {
        case .found(let cached): try expectEqual(cached, value, "the cached value of \(key)")
        case .absent: try expectEqual(nil, value, "the cached value of \(key)")
        case .wouldBlock: break
        }
        let range = KeyRange(lowerBound: Key(key), upperBound: Key(key + [0]))
        try expectEqual(records(in: range).map(\.value), value.map { [$0] } ?? [], "a scan of \(key) alone")
    }
}

extension StorageReader {
    func expectKeys(_ keys: [[UInt8]], in range: KeyRange, _ what: String) throws {
        try expectEqual(records(in: range).map(\.key), keys, what)
        try expectEqual(records(in: range, reverse: true).map(\.key), keys.reversed(), "\(what), in reverse")
        try expectEqual(
            records(in: range, fillingCache: false).map(\.key), keys, "\(what), without filling the cache")
    }
}
