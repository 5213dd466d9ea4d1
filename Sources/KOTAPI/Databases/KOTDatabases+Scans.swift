import HTTPAPI
import KeyValueStore
import Storage

/// What looks at all keys of a database: from one moment, in bounded steps.
extension KOTDatabases {
    public func getAll(
        _ database: String, encryptionKey: String?, _ visit: (String, KOTValue) async throws -> Void
    ) async throws {
        guard var reader = try await reader(of: database, encryptionKey: encryptionKey) else { return }
        try await walk(&reader) { (reader, page: inout [(String, KOTValue)]) throws(StoreError) in
            var size = 0
            try reader.advance { key, value in
                page.append((key, value))
                size += key.utf8.count + value.size
                return size < Self.pageSize ? .next : .stop
            }
        } visit: { key, value in
            try await visit(key, value)
        }
    }

    public func count(_ database: String) async throws -> Int {
        try await sum(database) { _, _ in 1 }
    }

    public func sizeAll(_ database: String) async throws -> Int {
        try await sum(database) { key, record in key.count + record.value.count }
    }

    /// What is read before it is handed on, in bytes; one value may pass it.
    static var pageSize: Int { 64 << 10 }

    /// Nil where there is no such database.
    func reader(
        of database: String, encryptionKey: String?
    ) async throws(APIError) -> DatabaseReader? {
        guard let snapshot = try await snapshot(of: database) else { return nil }
        var seal: Seal?
        if let encryptionKey = encryptionKey.unlessNone, let salt = snapshot.namespace.settings.sealingSalt {
            seal = try await self.seal(encryptionKey, salt)
        }
        return DatabaseReader(DatabaseCursor(snapshot), seal: seal)
    }

    /// The database as it is now, with its salt; nil where there is none.
    func snapshot(of database: String) async throws(APIError) -> NamespaceSnapshot? {
        let name = try checked(database: database)
        return try await blocking { [store] in try store.snapshot(.database, name) }
    }

    private func sum(
        _ database: String, _ measure: @escaping @Sendable (UnsafeRawBufferPointer, RecordView) -> Int
    ) async throws -> Int {
        guard let snapshot = try await snapshot(of: database) else { return 0 }
        var state = (cursor: DatabaseCursor(snapshot), sum: 0)
        while !state.cursor.isFinished {
            state = try await step(state) { (state) throws(StoreError) in
                var state = state
                var sum = state.sum
                try state.cursor.advance { (key, record) throws(StoreError) in
                    sum += measure(key, record)
                    return .next
                }
                state.sum = sum
                return state
            }
        }
        return state.sum
    }

    /// Walks on a page at a time, and hands each of its items on.
    func walk<Walker: PageWalker, Item: Sendable>(
        _ walker: inout Walker,
        _ fill: @escaping @Sendable (inout Walker, inout [Item]) throws(StoreError) -> Void,
        visit: (Item) async throws -> Void
    ) async throws {
        while !walker.isFinished {
            let page: [Item]
            (walker, page) = try await step(walker) { (walker) throws(StoreError) in
                var walker = walker
                var page: [Item] = []
                try fill(&walker, &page)
                return (walker, page)
            }
            for item in page { try await visit(item) }
        }
    }

    /// Takes one step on the threads that lists are read on.
    func step<State: Sendable, Result: Sendable>(
        _ state: State, _ body: @escaping @Sendable (State) throws(StoreError) -> Result
    ) async throws(APIError) -> Result {
        let isGone = requester.isGone
        do {
            return try await scanThreads.step {
                guard !isGone() else { throw StoreError.closed }
                return try body(state)
            }
        } catch {
            throw failure(error)
        }
    }
}

/// What is read in steps.
protocol PageWalker: Sendable {
    var isFinished: Bool { get }
}

extension DatabaseCursor: PageWalker {}

/// Reads keys and values of a database in their order; values that the seal does not open are left out.
struct DatabaseReader: PageWalker {
    private var cursor: DatabaseCursor
    private let seal: Seal?

    init(_ cursor: DatabaseCursor, seal: Seal?) {
        self.cursor = cursor
        self.seal = seal
    }

    var isFinished: Bool { cursor.isFinished }

    /// Takes one step, which may block on the disk.
    mutating func advance(_ visit: (String, KOTValue) -> ScanStep) throws(StoreError) {
        let seal = seal
        try cursor.advance { (key, record) throws(StoreError) in
            let key = Array(key)
            do throws(StoredValue.Failure) {
                let value = try StoredValue(Array(record.value))
                if value.isSealed, seal == nil { return .next }
                return visit(String(decoding: key, as: UTF8.self), try value.open(with: seal, key: key))
            } catch {
                guard error == .wrongKey else { throw .storage(.unreadableRecord) }
                return .next
            }
        }
    }
}
