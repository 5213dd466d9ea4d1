import FoundationEssentials
import HTTPAPI
import KeyValueStore

/// The parameters that are lists.
extension KOTParameters {
    /// `[["k",1],…]` or `{"k":1,…}`
    func pairs() throws(APIError) -> [(key: String, value: KOTValue)] {
        var reader = try json("kv_pairs")
        var pairs: [(key: String, value: KOTValue)] = []
        switch try reader.kind() {
        case .object:
            try reader.object { (key, reader) throws(APIError) in
                try Self.checkCount(pairs.count)
                pairs.append((key, .json(try reader.compactValue())))
            }
        default:
            try reader.array { (index, reader) throws(APIError) in
                try Self.checkCount(index)
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

    func keys() throws(APIError) -> [String] {
        var reader = try json("keys")
        var keys: [String] = []
        try reader.array { (index, reader) throws(APIError) in
            try Self.checkCount(index)
            guard try reader.kind() == .string else { throw .badRequest(#"keys must be strings, as ["a","b"]"#) }
            keys.append(String(decoding: try reader.string(), as: UTF8.self))
        }
        try reader.end()
        return keys
    }

    /// `[["SET","k",1],["GET","k"],["DELETE","k"]]`
    func operations() throws(APIError) -> [KOTOperation] {
        var reader = try json("operations")
        var operations: [KOTOperation] = []
        try reader.array { (index, reader) throws(APIError) in
            try Self.checkCount(index)
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

    func sealing() throws(APIError) -> KOTSealing? {
        guard let text = try text("sealing").unlessNone else { return nil }
        guard let bytes = Data(base64Encoded: text), let sealing = KOTSealing(Array(bytes)) else {
            throw .badRequest("sealing must be \(KOTSealing.length) bytes in base64")
        }
        return sealing
    }

    func records() throws(APIError) -> [KOTBackupRecord] {
        var reader = try json("records")
        var records: [KOTBackupRecord] = []
        try reader.array { (index, reader) throws(APIError) in
            try Self.checkCount(index)
            records.append(try KOTBackupRecord(from: &reader))
        }
        try reader.end()
        return records
    }

    private static func checkCount(_ count: Int) throws(APIError) {
        guard count < KOTLimits.operationsMax else {
            throw .badRequest("one request may have at most \(KOTLimits.operationsMax) keys, operations or records")
        }
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
