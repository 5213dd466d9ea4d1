import HTTPAPI
import KeyValueStore
import Storage

extension KOTDatabases {
    public func databases() async throws -> [(name: String, location: String)] {
        try await namespaces().map { (String(decoding: $0.name, as: UTF8.self), location) }
    }

    public func pop(_ database: String) async throws {
        let name = try checked(database: database)
        try await change([name], isDeletion: false) { store, names, completion in
            store.emptyNamespaces(.database, names, completion: completion)
        }
    }

    public func popAll() async throws {
        try await change(try await namespaces().map(\.name), isDeletion: false) { store, names, completion in
            store.emptyNamespaces(.database, names, completion: completion)
        }
    }

    public func rename(_ database: String, to newName: String, force: Bool) async throws {
        let (name, newName) = (try checked(database: database), try checked(database: newName))
        let replaced = force && name != newName ? [newName] : []
        try await change(replaced, isDeletion: true) { store, _, completion in
            store.renameNamespace(.database, name, to: newName, replacing: force, completion: completion)
        }
    }

    public func deleteDatabase(_ database: String) async throws {
        try await change([try checked(database: database)], isDeletion: true) { store, names, completion in
            for name in names { store.deleteNamespace(.database, name, completion: completion) }
        }
    }

    public func deleteAllDatabases() async throws {
        try await change(try await namespaces().map(\.name), isDeletion: true) { store, names, completion in
            store.deleteNamespaces(.database, names, completion: completion)
        }
    }

    private func namespaces() async throws(APIError) -> [Namespace] {
        try await blocking { [store] in try store.namespaces(.database) }
    }

    /// Changes databases as a whole, and counts what was in them no more.
    private func change(
        _ names: [[UInt8]], isDeletion: Bool,
        _ submit: (KeyValueStore<Engine>, [[UInt8]], @escaping @Sendable (Result<Void, StoreError>) -> Void) -> Void
    ) async throws(APIError) {
        var counted: [NamespaceID] = []
        if usage != nil {
            for name in names {
                if let namespace = try await namespace(String(decoding: name, as: UTF8.self)) {
                    counted.append(namespace.id)
                }
            }
        }
        try await writing { submit(store, names, $0) }
        for id in counted { usage?.forget(id, isDeleted: isDeletion) }
    }
}
