import Foundation
import Synchronization
import Testing

/// Streams that go on where the last one ended.
@Suite(.server)
struct WatchResumeTests {
    @Test func aStreamGoesOnBehindTheLastIDThatItIsGiven() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let target = "\(bucket)/?watch=true"
            let ids = try (0..<6).map { number in
                let tag = try #require(try server.client.put("\(bucket)/\(number)", "v")["ETag"])
                return String(tag.dropFirst().dropLast())
            }
            func events(_ stream: EventStream) throws -> [String] { try stream.readEvents(upTo: "5").map(\.id) }
            #expect(try events(EventStream(server.port, target, lastID: ids[1])) == Array(ids[2...]))
            #expect(try events(EventStream(server.port, "\(target)&since=\(ids[2])")) == Array(ids[3...]))
            #expect(
                try events(EventStream(server.port, "\(target)&since=\(ids[0])", lastID: ids[3])) == Array(ids[4...]))
            let behind = try EventStream(server.port, target, lastID: ids[5])
            try server.client.delete("\(bucket)/0")
            #expect(try behind.readEvents(1).map { try $0.summary() } == ["delete 0"])
        }
    }

    @Test func fiftyReconnectsUnderLoadMissNothingAndGiveNothingTwice() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let first = try EventStream(server.port, "\(bucket)/?watch=true")
            _ = try first.readBlock()
            let lastID = first.lastID
            let port = server.port
            let isOver = Atomic(false)
            let found = Mutex<[ServerEvent]>([])
            let counts = try await concurrently(4) { index -> Int in
                guard index < 3 else {
                    defer { isOver.store(true, ordering: .relaxed) }
                    try Self.reconnect(port, bucket, lastID, times: 50) { event in found.withLock { $0.append(event) } }
                    return 0
                }
                return try Self.write(Connection(port: port), bucket, index) { isOver.load(ordering: .relaxed) }
            }
            let events = found.withLock { $0 }
            // What was written after the last of those streams.
            try server.client.put("\(bucket)/last", "v")
            let rest = try EventStream(port, "\(bucket)/?watch=true", lastID: events.last?.id).readEvents(upTo: "last")
            try Self.check(events + rest.dropLast(), counts)
        }
    }

    /// Reads a few events of one stream after the other.
    private static func reconnect(
        _ port: Int, _ bucket: String, _ start: String?, times: Int, _ take: (ServerEvent) -> Void
    ) throws {
        var lastID = start
        for _ in 0..<times {
            let stream = try EventStream(port, "\(bucket)/?watch=true", lastID: lastID)
            for event in try stream.readEvents(Int.random(in: 1...40)) { take(event) }
            lastID = stream.lastID
        }
    }

    /// Writes keys of its own, one and then three at a time, until it is over, and gives how many.
    private static func write(
        _ connection: Connection, _ bucket: String, _ writer: Int, until isOver: () -> Bool
    ) throws -> Int {
        var count = 0
        while !isOver() {
            try connection.write(Client.request("PUT", "\(bucket)/\(writer)-\(count)", body: [120]))
            guard try connection.readResponse().status == 200 else { throw HarnessError("PUT failed") }
            let operations = (1...3).map { #"{"set":"\#(writer)-\#(count + $0)","value":1}"# }
            _ = try connection.transact(bucket, operations)
            count += 4
        }
        return count
    }

    /// Checks that there is one event for each key that each writer wrote, in order.
    private static func check(_ events: [ServerEvent], _ counts: [Int]) throws {
        let positions = events.compactMap(\.position)
        #expect(positions.count == events.count)
        #expect(zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 })
        var keys: [Int: [Int]] = [:]
        for event in events {
            let parts = try (event.json()["key"] as? String ?? "").split(separator: "-").compactMap { Int($0) }
            guard event.name == "set", parts.count == 2 else { throw HarnessError("\(event)") }
            keys[parts[0], default: []].append(parts[1])
        }
        for (writer, count) in counts.enumerated() where count > 0 {
            let numbers = keys[writer] ?? []
            #expect(numbers.sorted().elementsEqual(0..<count), "writer \(writer)")
            // Those of one transaction may come in any order.
            let commits = numbers.map { $0 / 4 * 2 + ($0 % 4 == 0 ? 0 : 1) }
            #expect(commits == commits.sorted(), "writer \(writer)")
        }
    }

    @Test func aStreamGoesOnAfterARestart() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        let stream = try EventStream(server.port, "\(bucket)/?watch=true")
        for number in 0..<40 { try server.client.put("\(bucket)/\(number)", "v") }
        try server.client.transact(bucket, (40..<50).map { #"{"set":"\#($0)","value":1}"# })
        let before = try stream.readEvents(20)
        #expect(try server.stop() == .code(0))
        server = try ServerProcess(data: folder.file("data"))
        for number in 50..<70 { try server.client.put("\(bucket)/\(number)", "v") }
        let after = try EventStream(server.port, "\(bucket)/?watch=true", lastID: stream.lastID).readEvents(50)
        let keys = try (before + after).map { Int(try $0.json()["key"] as? String ?? "") ?? -1 }
        #expect(keys.sorted() == Array(0..<70))
        #expect(Array(keys[..<40] + keys[50...]) == Array(0..<40) + Array(50..<70))
        #expect(try server.stop() == .code(0))
    }

    @Test func afterAKillTheEventsOfAllThatWasAcknowledgedAreThere() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        var events: [ServerEvent] = []
        var lastID: String?
        var acknowledged: Set<String> = []
        for round in 0..<4 {
            let running = server
            let start = try EventStream(running.port, "\(bucket)/?watch=true", lastID: lastID)
            if lastID == nil { _ = try start.readBlock() }
            let found = Mutex<[ServerEvent]>([])
            let counts = try await concurrently(5) { index -> Int in
                switch index {
                case 0:
                    sleepThread(.milliseconds(Int.random(in: 200...500)))
                    try running.kill()
                case 1:
                    while let event = try? start.readEvent() { found.withLock { $0.append(event) } }
                default:
                    return Self.writeUntilCut(running.port, bucket, "\(round)-\(index)")
                }
                return 0
            }
            for (index, count) in counts.enumerated() {
                acknowledged.formUnion((0..<count).map { "\(round)-\(index)-\($0)" })
            }
            events += found.withLock { $0 }
            lastID = start.lastID
            server = try ServerProcess(data: folder.file("data"))
            #expect(try server.client.put("\(bucket)/mark-\(round)", "v").status == 200)
            let stream = try EventStream(server.port, "\(bucket)/?watch=true", lastID: lastID)
            events += try stream.readEvents(upTo: "mark-\(round)")
            acknowledged.insert("mark-\(round)")
            lastID = stream.lastID
        }
        let keys = try events.map { try $0.json()["key"] as? String ?? "" }
        #expect(Set(keys).count == keys.count)
        #expect(acknowledged.subtracting(keys).isEmpty)
        #expect(acknowledged.count > 20)
        // Nobody was told of what was then lost.
        let lists = try (0..<4).map { try server.client.get("\(bucket)/?prefix=\($0)-").text }
        let stored = lists.joined().split(separator: "\n").map(String.init)
        #expect(Set(keys).subtracting((0..<4).map { "mark-\($0)" }) == Set(stored))
        #expect(try server.stop() == .code(0))
    }

    /// Writes keys one after the other, and gives how many were acknowledged.
    private static func writeUntilCut(_ port: Int, _ bucket: String, _ name: String) -> Int {
        guard let connection = try? Connection(port: port) else { return 0 }
        var count = 0
        while true {
            let request = Client.request("PUT", "\(bucket)/\(name)-\(count)", body: [120])
            guard (try? connection.write(request)) != nil, let response = try? connection.readResponse(),
                response.status == 200
            else { return count }
            count += 1
        }
    }

    @Test func whereTheHistoryIsTooShortTheStreamSaysSo() async throws {
        try await withServer(["--history", "1MiB", "--durability", "relaxed"]) { server in
            let bucket = try server.client.makeBucket()
            let old = try #require(try server.client.put("\(bucket)/first", "v")["ETag"]).dropFirst().dropLast()
            let target = "\(bucket)/?watch=true&since=\(old)"
            let connection = try Connection(port: server.port)
            let filler = String(repeating: "k", count: 110)
            var batches = 0
            let isClear = try eventually(within: .seconds(30)) {
                _ = try connection.transact(bucket, (0..<1000).map { #"{"set":"\#(filler)\#($0)","value":"v"}"# })
                batches += 1
                return try EventStream(server.port, target).readEvents(1)[0].name == "clear"
            }
            #expect(isClear)
            // As much is kept as was asked for: no event takes less than its key.
            #expect(batches > 2, "\(batches)")
            try expectClear(server, bucket, since: String(old))
        }
    }

    @Test func whereNoHistoryIsKeptTheStreamSaysSo() async throws {
        try await withServer(["--history", "none"]) { server in
            let bucket = try server.client.makeBucket()
            let old = try #require(try server.client.put("\(bucket)/first", "v")["ETag"]).dropFirst().dropLast()
            try server.client.put("\(bucket)/second", "v")
            try expectClear(server, bucket, since: String(old))
        }
    }

    /// Expects a stream that begins with the order to list anew, and then has what comes after that.
    private func expectClear(_ server: ServerProcess, _ bucket: String, since id: String) throws {
        let stream = try EventStream(server.port, "\(bucket)/?watch=true", lastID: id)
        let clear = try #require(try stream.readEvent())
        #expect(clear.name == "clear")
        #expect(try clear.json() as NSDictionary == ["revision": clear.id])
        let newest = try #require(EventPosition(id))
        #expect(try #require(clear.position) > newest)
        for number in 0..<3 { try server.client.put("\(bucket)/behind-\(number)", "v") }
        let events = try stream.readEvents(3)
        #expect(try events.map { try $0.summary() } == (0..<3).map { "set behind-\($0)" })
        #expect(zip([clear] + events, events).allSatisfy { ($0.position ?? newest) < ($1.position ?? newest) })
    }
}
