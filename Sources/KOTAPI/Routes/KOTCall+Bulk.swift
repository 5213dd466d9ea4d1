import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore

extension KOTCall {
    func answerBulk() async throws -> Response {
        let (database, storage) = (try database(), try parameters.storage())
        switch route {
        case .bulkSet:
            try await databases.bulkSet(database, try pairs(), storage)
            return Answers.text("Data set successfully")
        case .bulkGet:
            let pairs = try await databases.bulkGet(database, try keys(), encryptionKey: storage.encryptionKey)
            var writer = KOTEntryWriter(form)
            for (key, value) in pairs { writer.append(key, value) }
            writer.end()
            return Answers.entries(writer, in: form)
        case .bulkDelete:
            try await databases.bulkDelete(database, try keys())
            return Answers.text("Data deleted successfully")
        default:
            let results = try await databases.transaction(database, try operations(), storage)
            var json: [UInt8] = []
            for result in results {
                json.append(UInt8(ascii: json.isEmpty ? "[" : ","))
                json += (result ?? .null).json
            }
            return Answers.jsonLine(json.isEmpty ? Array("[]".utf8) : json + [UInt8(ascii: "]")])
        }
    }

    /// `[["k",1],…]` or `{"k":1,…}`
    private func pairs() throws(APIError) -> [(key: String, value: KOTValue)] {
        var reader = try parameters.json("kv_pairs")
        var pairs: [(key: String, value: KOTValue)] = []
        switch try reader.kind() {
        case .object:
            try reader.object { (key, reader) throws(APIError) in
                pairs.append((key, .json(try reader.compactValue())))
            }
        default:
            try reader.array { (_, reader) throws(APIError) in
                let (texts, value) = try reader.operation(textCount: 1)
                guard let key = texts.first, let value else {
                    throw .badRequest(#"each of kv_pairs must be a key and a value, as ["key",1]"#)
                }
                pairs.append((key, value))
            }
        }
        try reader.end()
        return pairs
    }

    private func keys() throws(APIError) -> [String] {
        var reader = try parameters.json("keys")
        var keys: [String] = []
        try reader.array { (_, reader) throws(APIError) in
            guard try reader.kind() == .string else { throw .badRequest(#"keys must be strings, as ["a","b"]"#) }
            keys.append(String(decoding: try reader.string(), as: UTF8.self))
        }
        try reader.end()
        return keys
    }

    /// `[["SET","k",1],["GET","k"],["DELETE","k"]]`
    private func operations() throws(APIError) -> [KOTOperation] {
        var reader = try parameters.json("operations")
        var operations: [KOTOperation] = []
        try reader.array { (index, reader) throws(APIError) in
            let (texts, value) = try reader.operation(textCount: 2)
            switch (texts.first?.uppercased(), texts.dropFirst().first, value) {
            case ("SET", let key?, let value?): operations.append(.set(key: key, value))
            case ("GET", let key?, nil): operations.append(.get(key: key))
            case ("DELETE", let key?, nil): operations.append(.delete(key: key))
            default:
                throw .badRequest(
                    #"operations[\#(index)] must be ["SET","key",value], ["GET","key"] or ["DELETE","key"]"#)
            }
        }
        try reader.end()
        return operations
    }
}

extension JSONReader {
    /// Reads an array of strings and perhaps a value of any kind behind them.
    ///
    /// - Throws: `badRequest` where it is none, or has more.
    fileprivate mutating func operation(textCount: Int) throws(APIError) -> (texts: [String], value: KOTValue?) {
        var texts: [String] = []
        var value: KOTValue?
        try array { (index, reader) throws(APIError) in
            if index < textCount {
                guard try reader.kind() == .string else { throw .badRequest("commands and keys must be strings") }
                texts.append(String(decoding: try reader.string(), as: UTF8.self))
            } else {
                guard value == nil else { throw .badRequest("an operation has at most a command, a key and a value") }
                value = .json(try reader.compactValue())
            }
        }
        return (texts, value)
    }
}
