import FoundationEssentials
import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore

extension KOTCall {
    func answerDatabases() async throws -> Response {
        switch route {
        case .databaseList:
            return Answers.jsonLine(try await databases.execute("DATABASE_LIST", value: nil))
        case .databasePop:
            try await databases.pop(try database())
            return Answers.text("Database popped successfully")
        case .databasePopAll:
            try await databases.popAll()
            return Answers.text("All database popped successfully")
        case .databaseRename:
            let newName = try parameters.requiredText("new_database_name")
            try await databases.rename(try database(), to: newName, force: try parameters.flag("force"))
            return Answers.text("Database renamed successfully")
        case .databaseDelete:
            try await databases.deleteDatabase(try database())
            return Answers.text("Database deleted successfully")
        case .databaseDeleteAll:
            try await databases.deleteAllDatabases()
            return Answers.text("All database deleted successfully")
        case .databaseBackup:
            return try await databases.streamBackup(of: try database())
        default:
            let records = try await databases.blocking { try self.records() }
            try await databases.restore(try database(), records, sealing: try sealing())
            return Answers.text("Database restored successfully")
        }
    }

    private func sealing() throws(APIError) -> KOTSealing? {
        guard let text = try parameters.text("sealing").nonEmpty else { return nil }
        guard let bytes = Data(base64Encoded: text), let sealing = KOTSealing(Array(bytes)) else {
            throw .badRequest("sealing must be \(KOTSealing.length) bytes in base64")
        }
        return sealing
    }

    private func records() throws(APIError) -> [KOTBackupRecord] {
        var reader = try parameters.json("records")
        var records: [KOTBackupRecord] = []
        try reader.array { (_, reader) throws(APIError) in
            guard records.count < KOTLimits.operationsMax else {
                throw .badRequest("one request may restore at most \(KOTLimits.operationsMax) records")
            }
            records.append(try KOTBackupRecord(from: &reader))
        }
        try reader.end()
        return records
    }

    /// The limits, by KOT's own names.
    func informations() -> Response {
        let limits = options.limits
        let numbers: [(StaticString, Int?)] = [
            ("database_name_lenght", limits.databaseNameSize), ("key_lenght", limits.keySize),
            ("maximum_database_amount", limits.databases),
            ("maximum_database_amount_user", limits.databasesOfClient), ("maximum_key_amount", limits.keys),
            ("maximum_key_amount_user", limits.keysOfClient), ("value_lenght", limits.valueSize),
        ]
        var json = JSONWriter()
        json.raw("{")
        for (name, number) in numbers {
            json.raw("\"")
            json.raw(name)
            json.raw("\":")
            if let number { json.integer(Int64(number)) } else { json.raw("null") }
            json.raw(",")
        }
        json.raw(#""rate_limit":"#)
        json.strings(options.rateLimits.map(\.text))
        json.raw(#","restricted":"#)
        json.strings(options.restricted.routes.map(\.name).sorted())
        json.raw("}")
        return Answers.jsonLine(Array(json.buffer.readableBytesView))
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ texts: [String]) {
        raw("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { raw(",") }
            string(text)
        }
        raw("]")
    }
}
