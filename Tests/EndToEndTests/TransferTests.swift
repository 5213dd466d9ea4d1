import Foundation
import Testing

/// Transactions of many clients at the same time, and of a server that is killed.
@Suite(.load)
struct TransferTests {
    private static let counters = (0..<100).map { "c-\($0)" }
    private static let pair = ["pair-0", "pair-1"]

    @Test func transfersOf16ClientsLoseNothingAndNobodySeesOneHalfDone() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let port = server.port
            let start = (Self.counters + Self.pair).map { #"{"set":"\#($0)","value":1000}"# }
            #expect(try server.client.transact(bucket, start).status == 200)
            let end = ContinuousClock.now + .seconds(3)
            let changes = try await concurrently(19) { index -> [String: Int] in
                let connection = try Connection(port: port)
                guard index < 16 else {
                    try Self.watchTotals(connection, bucket, until: end, reader: index - 16)
                    return [:]
                }
                return try Self.transfer(connection, bucket, until: end, between: index < 4 ? Self.pair : Self.counters)
            }
            var expected = Dictionary(uniqueKeysWithValues: (Self.counters + Self.pair).map { ($0, 1000) })
            for (key, change) in changes.joined() { expected[key, default: 0] += change }
            #expect(changes.prefix(16).allSatisfy { !$0.isEmpty })
            let found = try Self.read(Connection(port: port), bucket, Self.counters + Self.pair)
            #expect(found == expected)
            #expect(Self.counters.reduce(0) { $0 + (found[$1] ?? 0) } == 100_000)
        }
    }

    /// Moves amounts between two keys at a time, and gives how much each key was changed by.
    private static func transfer(
        _ connection: Connection, _ bucket: String, until end: ContinuousClock.Instant, between keys: [String]
    ) throws -> [String: Int] {
        var changes: [String: Int] = [:]
        while ContinuousClock.now < end {
            let (from, amount) = (Int.random(in: 0..<keys.count), Int.random(in: 1...50))
            let to = (from + Int.random(in: 1..<keys.count)) % keys.count
            let results = try connection.transact(
                bucket, [#"{"incr":"\#(keys[from])","by":-\#(amount)}"#, #"{"incr":"\#(keys[to])","by":\#(amount)}"#])
            guard results.count == 2 else { throw HarnessError("\(results)") }
            changes[keys[from], default: 0] -= amount
            changes[keys[to], default: 0] += amount
        }
        return changes
    }

    private static func read(_ connection: Connection, _ bucket: String, _ keys: [String]) throws -> [String: Int] {
        let results = try connection.transact(bucket, keys.map { #"{"get":"\#($0)"}"# })
        return Dictionary(zip(keys, results.map { $0["value"] as? Int ?? .min })) { first, _ in first }
    }

    /// Looks at the totals in one of three ways.
    private static func watchTotals(
        _ connection: Connection, _ bucket: String, until end: ContinuousClock.Instant, reader: Int
    ) throws {
        var looks = 0
        var totals: Set<Int> = []
        while ContinuousClock.now < end {
            looks += 1
            switch reader {
            case 0:
                totals.insert(try read(connection, bucket, pair).values.reduce(0) { $0 &+ $1 } - 2000)
            case 1:
                totals.insert(try read(connection, bucket, counters).values.reduce(0) { $0 &+ $1 } - 100_000)
            default:
                try connection.write(Client.request("GET", "\(bucket)/?values=true&format=json&prefix=c-"))
                let rows = try connection.readResponse().json() as? [[Any]] ?? []
                guard rows.count == counters.count else { throw HarnessError("a list of \(rows.count) keys") }
                totals.insert(rows.reduce(0) { $0 &+ ($1.last as? Int ?? .min) } - 100_000)
            }
        }
        #expect(totals == [0], "reader \(reader)")
        #expect(looks > 5, "reader \(reader)")
    }

    @Test func afterAKillEachTransactionIsWholeOrNotAtAllAndTheAcknowledgedAreThere() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        var last = [Int](repeating: 0, count: 6)
        for round in 0..<6 {
            let running = server
            let starts = last
            let acknowledged = try await concurrently(starts.count + 1) { index -> Int in
                guard index < starts.count else {
                    sleepThread(.milliseconds(Int.random(in: 200...500)))
                    try running.kill()
                    return 0
                }
                return Self.writeUntilCut(running.port, bucket, writer: index, from: starts[index])
            }
            server = try ServerProcess(data: folder.file("data"))
            let connection = try Connection(port: server.port)
            for writer in starts.indices {
                let number = try Self.check(connection, bucket, writer)
                #expect(
                    number == acknowledged[writer] || number == acknowledged[writer] + 1,
                    "round \(round): \(number) of writer \(writer), who was told of \(acknowledged[writer])")
                last[writer] = number
            }
        }
        // Else the rounds have tried nothing.
        #expect(last.reduce(0, +) > 200, "\(last)")
        #expect(try server.stop() == .code(0))
    }

    /// Carries out numbered transactions one after the other, and gives the number of the last one that was acknowledged.
    private static func writeUntilCut(_ port: Int, _ bucket: String, writer: Int, from start: Int) -> Int {
        guard let connection = try? Connection(port: port) else { return start }
        var number = start
        while true {
            let next = number + 1
            let filler = String(repeating: "x", count: next * 37 % 3000)
            let operations = [
                #"{"set":"\#(writer)-first","value":\#(next)}"#, #"{"incr":"\#(writer)-count"}"#,
                #"{"delete":"\#(writer)-mark-\#(number)"}"#,
                #"{"set":"\#(writer)-mark-\#(next)","value":"\#(filler)"}"#,
                #"{"set":"\#(writer)-last","value":\#(next)}"#,
            ]
            guard (try? connection.transact(bucket, operations)) != nil else { return number }
            number = next
        }
    }

    /// The number of the last transaction of a writer, all traces of which must agree.
    private static func check(_ connection: Connection, _ bucket: String, _ writer: Int) throws -> Int {
        try connection.write(Client.request("GET", "\(bucket)/?values=true&format=json&prefix=\(writer)-"))
        let rows = try connection.readResponse().json() as? [[Any]] ?? []
        // A writer whose first transaction was cut off has left nothing.
        if rows.isEmpty { return 0 }
        guard let number = rows.first?.last as? Int else { throw HarnessError("\(rows)") }
        let filler = String(repeating: "x", count: number * 37 % 3000)
        let expected: [[String]] = [
            ["\(writer)-count", "\(number)"], ["\(writer)-first", "\(number)"], ["\(writer)-last", "\(number)"],
            ["\(writer)-mark-\(number)", filler],
        ]
        #expect(rows.map { $0.map { "\($0)" } } == expected)
        return number
    }
}
