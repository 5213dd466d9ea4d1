import Foundation
import Testing

/// What Airbyte's KVdb destination does: batches with the secret as Bearer, and pages by `skip`.
@Suite(.load)
struct AirbyteTests {
    private static let count = 10_000

    @Test func recordsAreWrittenListedAndDeletedInBatches() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=airbyte-secret")
            let connection = try Connection(port: server.port)
            let bearer = Authorization.bearer("airbyte-secret")
            let records = (0..<Self.count).map { (key: Self.key($0), value: Self.value($0)) }
            func post(_ operations: [String]) throws {
                let headers = [bearer, ("Content-Type", "application/json"), ("Accept", "*/*")]
                try connection.write(Transaction.request(bucket, operations, headers))
                #expect(try connection.readResponse().results().count == operations.count)
            }
            for start in stride(from: 0, to: Self.count, by: 1000) {
                try post(records[start..<start + 1000].map { #"{"set":"\#($0.key)","value":\#($0.value)}"# })
            }
            let expected = records.sorted { $0.key < $1.key }.map { #"["\#($0.key)",\#($0.value)]"# }
            #expect(try pages(connection, bucket, bearer) == Self.cut(expected))

            // A second sync deletes the stream's records first.
            for start in stride(from: 0, to: Self.count, by: 2000) {
                try post(records[start..<start + 1000].map { #"{"delete":"\#($0.key)"}"# })
            }
            let kept = records.indices.filter { $0 / 1000 % 2 == 1 }.map { records[$0] }
            let left = kept.sorted { $0.key < $1.key }.map { #"["\#($0.key)",\#($0.value)]"# }
            #expect(try pages(connection, bucket, bearer) == Self.cut(left))
        }
    }

    /// All pages up to the one that is empty.
    private func pages(_ connection: Connection, _ bucket: String, _ header: (String, String)) throws -> [String] {
        var pages: [String] = []
        while pages.count <= Self.count / 1000 {
            let target = "\(bucket)/?limit=1000&skip=\(pages.count * 1000)&format=json&values=true"
            try connection.write(Client.request("GET", target, [header]))
            let response = try connection.readResponse()
            guard response.status == 200 else { throw HarnessError("\(response.status) \(response.text)") }
            if response.text == "[]" { return pages }
            pages.append(response.text)
        }
        throw HarnessError("there is no last page")
    }

    private static func cut(_ rows: [String]) -> [String] {
        stride(from: 0, to: rows.count, by: 1000).map { start in
            "[\(rows[start..<min(start + 1000, rows.count)].joined(separator: ","))]"
        }
    }

    /// Keys that are not written in their order.
    private static func key(_ number: Int) -> String {
        "users__ab__\(1_600_000_000_000 + number * 7919 % count)__ab__\(Bulk.key(number))"
    }

    private static func value(_ number: Int) -> String {
        let text = #"line\n\"\#(number)\" ü\u00e9 "# + String(repeating: "x", count: number % 90)
        let data = #"{"id":\#(number),"name":"\#(text)","price":\#(number).25,"tags":["a",null,true,{}]}"#
        return #"{"_airbyte_ab_id":"\#(number)","_airbyte_emitted_at":1600000000000,"_airbyte_data":\#(data)}"#
    }
}
