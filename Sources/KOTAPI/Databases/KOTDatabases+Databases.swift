import HTTPAPI
import KeyValueStore
import Storage

extension KOTDatabases {
    public func databases() async throws -> [(name: String, location: String)] {
        try await namespaces().map { (String(decoding: $0.name, as: UTF8.self), location) }
    }

    public func pop(_ database: String) async throws {
        try await empty([try checked(database: database)])
    }

    public func popAll() async throws {
        try await empty(try await namespaces().map(\.name))
    }

    public func rename(_ database: String, to newName: String, force: Bool) async throws {
        let (name, newName) = (try checked(database: database), try checked(database: newName))
        let gone = try await writing { completion in
            store.renameNamespace(.database, name, to: newName, replacing: force, completion: completion)
        }
        if let gone { usage?.forget(gone, isDeleted: true) }
    }

    public func deleteDatabase(_ database: String) async throws {
        let name = try checked(database: database)
        let gone = try await writing { store.deleteNamespace(.database, name, completion: $0) }
        usage?.forget(gone, isDeleted: true)
    }

    public func deleteAllDatabases() async throws {
        let names = try await namespaces().map(\.name)
        let gone = try await writing { store.deleteNamespaces(.database, names, completion: $0) }
        for id in gone { usage?.forget(id, isDeleted: true) }
    }

    private func empty(_ names: [[UInt8]]) async throws(APIError) {
        let gone = try await writing { store.emptyNamespaces(.database, names, completion: $0) }
        for id in gone { usage?.forget(id, isDeleted: false) }
    }

    private func namespaces() async throws(APIError) -> [Namespace] {
        try await blocking { [store] in try store.namespaces(.database) }
    }
}
