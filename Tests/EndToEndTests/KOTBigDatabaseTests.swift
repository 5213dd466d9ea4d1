import Foundation
import Testing

/// Databases that are larger than the memory a server should take for them.
@Suite(.load)
struct KOTBigDatabaseTests {
    private static let count = 200_000
    private static let batch = 5000

    private static func entry(_ number: Int) -> String {
        "\"\(Bulk.key(number))\":\"\(number)\""
    }

    @Test func aDatabaseOf200000KeysStreamsIsBackedUpRestoredAndPopped() async throws {
        let flags = KOTClient.flags + ["--durability", "relaxed", "--cache-size", "8MiB"]
        try await withServer(flags) { server in
            let kot = try KOTClient(server)
            try fill(kot)
            #expect(try kot.text("/controller/get_count", of: "d") == "\(Self.count)\n")

            // Readers that take nothing for now, beside one that takes all.
            let request = KOTClient.request("POST", "/controller/get_all", Array(#"{"database_name":"d"}"#.utf8))
            var slow: [Connection] = []
            let backup = try withinMemory(server) {
                for _ in 0..<10 {
                    slow.append(try Connection(port: server.port, receiveBuffer: 4096))
                    try slow.last?.write(request)
                }
                return try kot.post("/database/backup", #"{"database_name":"d"}"#)
            }
            try restore(kot, backup)
            let all = try withinMemory(server) { try kot.post("/controller/get_all", #"{"database_name":"copy"}"#) }
            #expect(all.isChunked)
            let expected = "{" + (0..<Self.count).map(Self.entry).joined(separator: ",") + "}\n"
            #expect(all.body.isSame(as: Array(expected.utf8)))
            let first = try #require(slow.first)
            #expect(try HTTPResponse(head: first.readHead()).status == 200)
            #expect(try first.readChunks().isSame(as: all.body))

            let start = ContinuousClock.now
            #expect(try kot.text("/database/pop", of: "d") == "Database popped successfully")
            let duration = ContinuousClock.now - start
            #expect(duration < .seconds(1), "\(duration)")
            #expect(try kot.text("/controller/get_all", of: "d") == "{}\n")
            #expect(try kot.text("/controller/get_count", of: "copy") == "\(Self.count)\n")
            withExtendedLifetime(slow) {}
        }
    }

    /// Checks that what a server does takes it little more memory than it has.
    private func withinMemory<Value>(_ server: ServerProcess, _ body: () throws -> Value) throws -> Value {
        let before = try server.residentSize
        let value = try body()
        let growth = try server.residentSize - before
        #expect(growth < 32 << 20, "\(growth >> 20) MiB more")
        return value
    }

    private func fill(_ kot: KOTClient) throws {
        for start in stride(from: 0, to: Self.count, by: Self.batch) {
            let pairs = (start..<start + Self.batch).map { "[\"\(Bulk.key($0))\",\"\($0)\"]" }
            let set = try kot.post(
                "/controller/bulk_set", #"{"database_name":"d","kv_pairs":[\#(pairs.joined(separator: ","))]}"#)
            try #require(set.status == 200, "\(set.text)")
        }
    }

    private func restore(_ kot: KOTClient, _ backup: HTTPResponse) throws {
        #expect(backup.isChunked)
        let lines = backup.body.split(separator: 10)
        #expect(lines.count == Self.count + 1)
        #expect(lines.last.map { String(decoding: $0, as: UTF8.self) } == #"{"end":true,"records":\#(Self.count)}"#)
        let comma = [UInt8(ascii: ",")]
        for start in stride(from: 0, to: Self.count, by: Self.batch) {
            let records = lines[start..<min(start + Self.batch, lines.count - 1)].joined(separator: comma)
            let body = Array(#"{"database_name":"copy","records":["#.utf8) + records + Array("]}".utf8)
            let restored = try kot.send("POST", "/database/restore", body)
            try #require(restored.text == "Database restored successfully")
        }
    }
}
