import HTTPAPI
import KOTAPI

// MARK: - Databases and their backups
extension RemoteDatabases {
    func databases() async throws -> [(name: String, location: String)] {
        let json = try checked(await connection.answer("/database/list", nil))
        guard let members = try JSONText.members(of: json[...]) else {
            throw CommandFailure("the answer of \(connection.server) is no object; is it a KOT server?")
        }
        return try members.map { ($0.name, try JSONText.text(ofString: $0.value)) }
    }

    func pop(_ database: String) async throws {
        try await connection.command("/database/pop", RequestBody(database: database))
    }

    func popAll() async throws {
        try await connection.command("/database/pop_all", RequestBody())
    }

    func rename(_ database: String, to newName: String, force: Bool) async throws {
        var body = RequestBody(database: database)
        body.string("new_database_name", newName)
        body.flag("force", force)
        try await connection.command("/database/rename", body)
    }

    func deleteDatabase(_ database: String) async throws {
        try await connection.command("/database/delete", RequestBody(database: database))
    }

    func deleteAllDatabases() async throws {
        try await connection.command("/database/delete_all", RequestBody())
    }

    func backup(
        _ database: String, _ visit: (KOTBackupRecord) async throws -> Void
    ) async throws -> KOTSealing? {
        let response = try await connection.response("/database/backup", RequestBody(database: database))
        var lines = ResponseLines(response, server: connection.server)
        while true {
            let line = try await lines.next()
            // Values are long, so that they are read once.
            if line.starts(with: #"{"end":"#.utf8) { return try EntryLine(line).sealing }
            try await visit(KOTBackupRecord(jsonLine: line))
        }
    }

    func restore(_ database: String, _ records: [KOTBackupRecord], sealing: KOTSealing?) async throws {
        var body = RequestBody(database: database)
        if let sealing { body.base64("sealing", sealing.bytes) }
        body.list("records", records) { record, writer in writer.buffer.writeBytes(record.jsonLine()) }
        try await connection.command("/database/restore", body)
    }
}
