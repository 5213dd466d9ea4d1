import Foundation
import Testing

/// What a server that is killed keeps of its databases.
@Suite(.load)
struct KOTDurabilityTests {
    /// What one client was told is done.
    private struct Acknowledged: Sendable {
        var sets = 0
        var bulks = 0
    }

    @Test func noAcknowledgedSetIsLostAndNoTransactionIsHalfDoneWhenTheServerIsKilled() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"), KOTClient.flags)
        for round in 0..<5 {
            let running = server
            let acknowledged = try await concurrently(4) { index -> Acknowledged in
                guard index < 3 else {
                    sleepThread(.milliseconds(Int.random(in: 200...500)))
                    try running.kill()
                    return Acknowledged()
                }
                return Self.setUntilCut(running, "\(round)-\(index)")
            }
            #expect(acknowledged.reduce(0) { $0 + $1.sets } > 0)
            server = try ServerProcess(data: folder.file("data"), KOTClient.flags)
            let kot = try KOTClient(server)
            for index in 0..<3 {
                let name = "\(round)-\(index)"
                let all = try kot.post("/controller/get_all", #"{"database_name":"d\#(name)"}"#).json()
                let found = try #require(all as? [String: Int])
                let done = acknowledged[index]
                for number in 0..<done.sets { #expect(found["k\(number)"] == number, "round \(round)") }
                // At most the one that was under way is there besides, and whole.
                let sets = found.keys.filter { $0.hasPrefix("k") }.count
                #expect((done.sets...done.sets + 1).contains(sets))
                let bulks = Dictionary(grouping: found.filter { $0.key.hasPrefix("b") }, by: \.value).mapValues(\.count)
                #expect(bulks.values.allSatisfy { $0 == 5 }, "round \(round)")
                #expect((done.bulks...done.bulks + 1).contains(bulks.count))
            }
        }
        #expect(try server.stop() == .code(0))
    }

    /// Sets `k0`, `k1`… and, in turn with them, five keys at once that hold the number of their turn.
    private static func setUntilCut(_ server: ServerProcess, _ name: String) -> Acknowledged {
        var acknowledged = Acknowledged()
        guard let kot = try? KOTClient(server) else { return acknowledged }
        while true {
            guard (try? kot.set("d\(name)", "k\(acknowledged.sets)", "\(acknowledged.sets)").status) == 200 else {
                return acknowledged
            }
            acknowledged.sets += 1
            let number = acknowledged.bulks
            let operations = (0..<5).map { #"["SET","b\#(number)-\#($0)",\#(number)]"# }.joined(separator: ",")
            let body = #"{"database_name":"d\#(name)","operations":[\#(operations)]}"#
            guard (try? kot.post("/controller/transaction", body).status) == 200 else { return acknowledged }
            acknowledged.bulks += 1
        }
    }

    @Test func whatWasPoppedOrDeletedBeforeAKillStaysSo() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"), KOTClient.flags)
        var kot = try KOTClient(server)
        for name in ["popped", "deleted", "renamed"] { #expect(try kot.set(name, "k", "1").status == 200) }
        #expect(try kot.text("/database/pop", of: "popped") == "Database popped successfully")
        #expect(try kot.text("/database/delete", of: "deleted") == "Database deleted successfully")
        let rename = try kot.post("/database/rename", #"{"database_name":"renamed","new_database_name":"new"}"#)
        #expect(rename.text == "Database renamed successfully")
        try server.kill()
        server = try ServerProcess(data: folder.file("data"), KOTClient.flags)
        kot = try KOTClient(server)
        #expect(try kot.databases() == ["new", "popped"])
        #expect(try kot.text("/controller/get_all", of: "popped") == "{}\n")
        #expect(try kot.text("/controller/get_all", of: "new") == "{\"k\":1}\n")
        #expect(try server.stop() == .code(0))
    }
}
