import HTTPAPI
import KeyValueStore
import Storage

extension KOTDatabases {
    public func databases() async throws -> [(name: String, location: String)] {
        var list: [(name: String, location: String)] = []
        try await forEachPage { list += $0.map { (String(decoding: $0, as: UTF8.self), location) } }
        return list
    }

    public func pop(_ database: String) async throws {
        try await empty([try checked(database: database)])
    }

    public func popAll() async throws {
        try await forEachPage { names in try await empty(names) }
    }

    public func rename(_ database: String, to newName: String, force: Bool) async throws {
        let (name, newName) = (try checked(database: database), try checked(database: newName))
        _ = try await writing { completion in
            store.renameNamespace(.database, name, to: newName, replacing: force) { [usage] result in
                if case .success(let gone?) = result { usage?.forget(gone, isDeleted: true) }
                completion(result)
            }
        }
    }

    public func deleteDatabase(_ database: String) async throws {
        let name = try checked(database: database)
        _ = try await writing { completion in
            store.deleteNamespace(.database, name) { [usage] result in
                if case .success(let gone) = result { usage?.forget(gone, isDeleted: true) }
                completion(result)
            }
        }
    }

    public func deleteAllDatabases() async throws {
        try await forEachPage { names in
            _ = try await writing { store.deleteNamespaces(.database, names, completion: forgetting(true, $0)) }
        }
    }

    private func empty(_ names: [[UInt8]]) async throws(APIError) {
        _ = try await writing { store.emptyNamespaces(.database, names, completion: forgetting(false, $0)) }
    }

    /// Counts what is gone no more, on the writer's thread, before whoever asked is told.
    private func forgetting(
        _ isDeletion: Bool, _ completion: @escaping KeyValueStore.Completion<[NamespaceID]>
    ) -> KeyValueStore.Completion<[NamespaceID]> {
        { [usage] result in
            if case .success(let gone) = result {
                for id in gone { usage?.forget(id, isDeleted: isDeletion) }
            }
            completion(result)
        }
    }

    /// Calls `body` with the names of all databases, so many at a time that a command with them holds up nobody.
    private func forEachPage(_ body: ([[UInt8]]) async throws -> Void) async throws {
        var last: [UInt8]?
        while true {
            let page = try await blocking { [store, last] in
                try store.namespaces(.database, after: last, limit: Self.pageCount)
            }
            guard let end = page.last else { return }
            last = end.name
            try await body(page.map(\.name))
        }
    }

    static var pageCount: Int { 1000 }
}
