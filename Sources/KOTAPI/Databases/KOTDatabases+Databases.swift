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
        try await forEachPage { names in
            let gone = try await writing { store.deleteNamespaces(.database, names, completion: $0) }
            for id in gone { usage?.forget(id, isDeleted: true) }
        }
    }

    private func empty(_ names: [[UInt8]]) async throws(APIError) {
        let gone = try await writing { store.emptyNamespaces(.database, names, completion: $0) }
        for id in gone { usage?.forget(id, isDeleted: false) }
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
