import HTTPAPI
import KeyValueStore
import Storage
import Synchronization

/// Changes one database by a command on the writer's thread, which counts for the limits what it adds.
struct KOTCommand: Sendable {
    private let databases: KOTDatabases
    private let name: [UInt8]
    private let notes: Notes

    /// What a command counted, and why it was refused where the store's own errors do not say it; of its last run, for the
    /// writer may run a command again.
    fileprivate final class Notes: Sendable {
        private struct State {
            var counted: [(change: KOTUsage.Change, database: NamespaceID)] = []
            var refusal: APIError?
            var isStale = false
        }

        private let state = Mutex(State())
        private let usage: KOTUsage?
        private let client: String?

        init(_ usage: KOTUsage?, client: String?) {
            self.usage = usage
            self.client = client
        }

        var refusal: APIError? { state.withLock { $0.refusal } }
        var isStale: Bool { state.withLock { $0.isStale } }

        func markStale() {
            state.withLock { $0.isStale = true }
        }

        var counts: Bool { usage != nil }

        func refuse(_ error: APIError) {
            state.withLock { $0.refusal = error }
        }

        func count(_ change: KOTUsage.Change, _ database: NamespaceID) throws(APIError) {
            guard let usage else { return }
            try usage.add(change, to: database, of: client)
            state.withLock { $0.counted.append((change, database)) }
        }

        /// Takes back what was counted.
        func undo() {
            let counted = state.withLock { state in
                defer { state.counted = [] }
                return state.counted
            }
            for (change, database) in counted { usage?.undo(change, to: database, of: client) }
        }

        func begin() {
            undo()
            state.withLock { state in
                state.refusal = nil
                state.isStale = false
            }
        }
    }

    init(_ databases: KOTDatabases, _ database: String) {
        self.databases = databases
        name = Array(database.utf8)
        notes = Notes(databases.usage, client: databases.requester.client)
    }

    /// Whether its last run ended as `Context.stale` says.
    var wasStale: Bool { notes.isStale }

    /// What the body of a command is handed.
    struct Context {
        let transaction: WriteTransaction
        fileprivate let notes: Notes

        /// Ends the command, so that nothing is changed.
        func refuse(_ error: APIError) -> StoreError {
            notes.refuse(error)
            return .invalid(error.message)
        }

        /// Ends the command, so that nothing is changed, for it was made of what is no longer so.
        func stale() -> StoreError {
            notes.markStale()
            return refuse(.databaseReplaced)
        }

        fileprivate func count(_ change: KOTUsage.Change, _ database: NamespaceID) throws(StoreError) {
            do throws(APIError) {
                try notes.count(change, database)
            } catch {
                throw refuse(error)
            }
        }

        func set(_ value: StoredValue, _ database: Namespace, _ key: [UInt8]) throws(StoreError) {
            if notes.counts, try !exists(database, key) { try count(KOTUsage.Change(keys: 1), database.id) }
            transaction.set(
                Record(value: value.bytes, type: .bytes, revision: transaction.revision), database, key)
        }

        /// A record that can't be read is one, and may be overwritten.
        private func exists(_ database: Namespace, _ key: [UInt8]) throws(StoreError) -> Bool {
            do throws(StoreError) {
                return try transaction.record(database, key) { _ in true } ?? false
            } catch {
                guard error == .storage(.unreadableRecord) else { throw error }
                return true
            }
        }

        func delete(_ database: Namespace, _ key: [UInt8]) throws(StoreError) {
            if try transaction.delete(database, key) { try count(KOTUsage.Change(keys: -1), database.id) }
        }

        /// The database of that name; nil where there is none.
        fileprivate func existing(_ name: [UInt8]) throws(StoreError) -> Namespace? {
            do throws(StoreError) {
                return try transaction.namespace(.database, name)
            } catch {
                guard error == .namespaceNotFound else { throw error }
                return nil
            }
        }
    }

    /// Runs `body` on the database, which is made where there is none.
    ///
    /// - Parameter size: about how much memory the command holds, in bytes.
    func run<Value: Sendable>(
        size: Int, _ body: @escaping @Sendable (Context, Namespace) throws(StoreError) -> Value
    ) async throws(APIError) -> Value {
        try await submit(size: size, freesSpace: false) { [name] (context) throws(StoreError) in
            if let namespace = try context.existing(name) { return try body(context, namespace) }
            let settings = NamespaceSettings(defaultTimeToLive: .forever)
            let namespace = try context.transaction.createNamespace(.database, name, settings: settings)
            try context.count(KOTUsage.Change(databases: 1), namespace.id)
            return try body(context, namespace)
        }
    }

    /// Runs `body` on the database, nil where there is none.
    func runOnExisting<Value: Sendable>(
        size: Int, freesSpace: Bool, _ body: @escaping @Sendable (Context, Namespace?) throws(StoreError) -> Value
    ) async throws(APIError) -> Value {
        try await submit(size: size, freesSpace: freesSpace) { [name] (context) throws(StoreError) in
            try body(context, try context.existing(name))
        }
    }

    private func submit<Value: Sendable>(
        size: Int, freesSpace: Bool, _ body: @escaping @Sendable (Context) throws(StoreError) -> Value
    ) async throws(APIError) -> Value {
        do throws(APIError) {
            return try await databases.writing { [notes] completion in
                databases.store.write(
                    size: size + 1024, freesSpace: freesSpace,
                    { (transaction) throws(StoreError) in
                        notes.begin()
                        do throws(StoreError) {
                            return try body(Context(transaction: transaction, notes: notes))
                        } catch {
                            notes.undo()
                            throw error
                        }
                    },
                    completion: { result in
                        // The commands of a group end in their order, and so do their counts.
                        if case .failure = result { notes.undo() }
                        completion(result)
                    })
            }
        } catch {
            throw notes.refusal ?? error
        }
    }
}
