import Foundation
import Testing

/// Transactions as a client writes them, each operation as JSON.
enum Transaction {
    static func body(_ operations: [String]) -> [UInt8] {
        Array(#"{"txn":[\#(operations.joined(separator: ","))]}"#.utf8)
    }

    static func request(_ bucket: String, _ operations: [String], _ headers: [(String, String)] = []) -> [UInt8] {
        Client.request("POST", bucket, headers, body: body(operations))
    }
}

extension HTTPResponse {
    /// What a transaction gave for each of its operations.
    func results() throws -> [[String: Any]] {
        guard status == 200, let object = try json() as? [String: Any],
            let results = object["results"] as? [[String: Any]]
        else { throw HarnessError("no results: \(status) \(text.prefix(200))") }
        return results
    }
}

extension Client {
    @discardableResult
    func transact(
        _ bucket: String, _ operations: [String], _ headers: [(String, String)] = []
    ) throws -> HTTPResponse {
        try send("POST", bucket, headers, body: Transaction.body(operations))
    }
}

extension Connection {
    /// Has a transaction carried out that must be, and gives the result of each operation.
    func transact(_ bucket: String, _ operations: [String]) throws -> [[String: Any]] {
        try write(Transaction.request(bucket, operations))
        return try readResponse().results()
    }
}
