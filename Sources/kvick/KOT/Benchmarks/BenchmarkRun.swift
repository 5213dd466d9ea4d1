import KOTAPI

/// The steps of KOT's benchmarks: one call after the other, with keys `key0`, `key1`… and values `value0`, `value1`….
struct BenchmarkRun {
    private static let database = "KOT-benchmark"

    let databases: any KOTService
    /// In keys.
    let number: Int
    let storage: KOTStorage

    /// Deletes the database behind `measure`, also where that fails.
    func inDatabaseOfItsOwn(_ measure: (BenchmarkRun) async throws -> Duration) async throws -> Duration {
        guard try await !exists() else {
            throw CommandFailure(
                "there is a database \(Self.database), which the benchmarks need for themselves; "
                    + "delete it with \(Invocation.current.kotName) database_delete \(Self.database)")
        }
        do {
            let duration = try await measure(self)
            try await deleteDatabase()
            return duration
        } catch {
            try? await deleteDatabase()
            throw error
        }
    }

    func set() async throws -> Duration {
        try await time("set") { index in
            let value = KOTValue.string("value\(index)")
            try await databases.set(Self.database, "key\(index)", to: value, storage)
        }
    }

    func get() async throws -> Duration {
        try await time("get") { index in
            _ = try await databases.get(Self.database, "key\(index)", encryptionKey: storage.encryptionKey)
        }
    }

    func delete() async throws -> Duration {
        try await time("delete") { index in
            try await databases.delete(Self.database, "key\(index)")
        }
    }

    private func time(_ label: String, _ step: (Int) async throws -> Void) async throws -> Duration {
        var bar = ProgressBar(label, total: number)
        defer { bar.end() }
        let clock = ContinuousClock()
        let start = clock.now
        for index in 0..<number {
            try await step(index)
            bar.update(index + 1)
        }
        return clock.now - start
    }

    private func exists() async throws -> Bool {
        try await databases.databases().contains { $0.name == Self.database }
    }

    private func deleteDatabase() async throws {
        if try await exists() { try await databases.deleteDatabase(Self.database) }
    }
}
