import Foundation
import Synchronization
import Testing

/// Scripts on the real binary, and what is left of them after a kill.
@Suite(.server)
struct ScriptTests {
    @Test func aStopRefusesTheRunsThatWaitAndAnswersThoseThatRun() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket("secret_key=s")
        try put(server, bucket, "loop", "while true do end")
        let port = server.port
        async let statuses = concurrently(60) { _ in try Client(port: port).get("\(bucket)/scripts/loop").status }
        // Some are done, so the others wait.
        #expect(try server.client.get("\(bucket)/scripts/loop").status == 500)
        #expect(try server.stop() == .code(0))
        let counts = try await statuses.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        #expect(counts.keys.allSatisfy { [500, 503].contains($0) } && counts[503] ?? 0 > 0, "\(counts)")
    }

    @Test func whatARunWroteIsThereWholeAfterAKill() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket("secret_key=s")
        try put(server, bucket, "pair", "local n = kvdb.incr('a') kvdb.set('b', n) kvdb.print(n)")
        let port = server.port
        async let acknowledged = concurrently(4) { _ in
            var highest = 0
            while let answer = try? Client(port: port).get("\(bucket)/scripts/pair"), let number = Int(answer.text) {
                highest = max(highest, number)
            }
            return highest
        }
        #expect(
            eventually(within: .seconds(20)) {
                Int((try? server.client.get("\(bucket)/a").text) ?? "") ?? 0 > 200
            })
        try server.kill()
        let highest = try await acknowledged.max() ?? 0
        server = try ServerProcess(data: folder.file("data"))
        let values = try ["a", "b"].map { Int(try server.client.get("\(bucket)/\($0)").text) ?? 0 }
        #expect(values[0] == values[1] && values[0] >= highest, "\(values), \(highest) acknowledged")
        #expect(try server.client.get("\(bucket)/scripts/pair").text == "\(values[0] + 1)")
        #expect(try server.stop() == .code(0))
    }
}

/// Scripts that share the machine with others.
@Suite(.alone)
struct ScriptLoadTests {
    /// Scripts of the kinds that would hold up a server that let them: loops, memory, patterns, commits.
    private static let hostileSources = [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local s = 'x' while true do pcall(function() s = s .. s end) end",
        "return ('a'):rep(30000):find('.-.-b')",
        "local t = {} for i = 1, 1e6 do t[i] = {} end",
        "table.move({}, 1, 1 << 62, 2)",
        "for i = 1, 1000 do kvdb.set('k' .. i, ('x'):rep(1000)) end while true do end",
        "for i = 1, 100 do kvdb.incr('hot') kvdb.list{prefix = 'k'} end",
    ]

    @Test func readsOfOthersGoOnWhileHostileScriptsRun() async throws {
        try await withServer { server in
            let quiet = try server.client.makeBucket("secret_key=s")
            let hostile = try server.client.makeBucket("secret_key=s")
            try server.client.put("\(quiet)/key", "value")
            for (index, source) in Self.hostileSources.enumerated() {
                try put(server, hostile, "hostile\(index)", source)
            }
            let alone = try Latencies.ofReads(2000, server.port, "\(quiet)/key")
            let isOver = Mutex(false)
            async let load = concurrently(4) { thread in
                var statuses: Set<Int> = []
                var index = thread
                while !isOver.withLock({ $0 }) {
                    let script = index % Self.hostileSources.count
                    statuses.insert(try server.client.get("\(hostile)/scripts/hostile\(script)").status)
                    index += 1
                }
                return statuses
            }
            let beside = try Latencies.ofReads(2000, server.port, "\(quiet)/key")
            isOver.withLock { $0 = true }
            let statuses = try await load.reduce(into: Set()) { $0.formUnion($1) }
            #expect(statuses.isSubset(of: [200, 500, 503]), "\(statuses)")
            // Twice, and what the slowest of a hundred may wait for its turn on a processor that others use.
            #expect(
                beside.percentile(99) < alone.percentile(99) * 2 + .milliseconds(4), "\(alone) alone, \(beside) beside")
        }
    }
}

private func put(_ server: ServerProcess, _ bucket: String, _ name: String, _ source: String) throws {
    let answer = try server.client.send(
        "PUT", "\(bucket)/scripts/\(name)", [Authorization.basic("s")], body: Array(source.utf8))
    #expect(answer.status == 200, "\(answer.text)")
}
