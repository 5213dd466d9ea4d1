import Foundation
import Testing

/// Buckets of many keys.
@Suite(.alone)
struct BigBucketTests {
    @Test func deletingABucketOf100000KeysIsQuickAndGivesItsSpaceBack() async throws {
        try await withServer(["--durability", "relaxed"]) { server in
            let kept = try server.client.makeBucket("secret_key=s")
            let deleted = try server.client.makeBucket("secret_key=s")
            try await Bulk.put(server.port, kept, count: 100, valueSize: 1000)
            try await Bulk.put(server.port, deleted, count: 100_000, valueSize: 1000)
            let full = Folder.size(server.data)
            #expect(full > 100_000_000)

            let connection = try Connection(port: server.port)
            func durationOfDeletion(_ bucket: String) throws -> Duration {
                let start = ContinuousClock.now
                try connection.write(Client.request("DELETE", "\(bucket)/?key=s"))
                let response = try connection.readResponse()
                #expect(response.status == 200)
                return ContinuousClock.now - start
            }
            // On a machine that has other work, an empty bucket takes its time too.
            let empty = try (0..<5).map { _ in try durationOfDeletion(server.client.makeBucket("secret_key=s")) }
            let duration = try durationOfDeletion(deleted)
            let most = max(.milliseconds(100), (empty.max() ?? .zero) * 3)
            #expect(duration < most, "\(duration), but an empty bucket \(empty)")
            #expect(try server.client.get("\(deleted)/\(Bulk.key(5))").status == 410)

            var size = full
            let isBack = eventually(within: .seconds(60), every: .milliseconds(200)) {
                size = Folder.size(server.data)
                // What stays is the engine's log.
                return size < full / 2
            }
            #expect(isBack, "\(size >> 20) MiB of \(full >> 20) MiB")
            #expect(try server.client.get("\(kept)/?values=true&key=s").body == Bulk.list(0..<100, valueSize: 1000))
        }
    }
}

/// Connections that do nothing.
@Suite(.alone)
struct ManyConnectionsTests {
    @Test func fiveThousandSlowConnectionsDoNotSlowAGoodOne() async throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try #require(limit.rlim_max >= 6000, "this process may not open so many sockets")
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/k", "value").status == 200)
            let target = "\(bucket)/k"
            _ = try Latencies.ofReads(200, server.port, target)
            let alone = try Latencies.ofReads(500, server.port, target)

            let opening = ContinuousClock.now
            let slow = try (0..<5000).map { _ in
                let connection = try Connection(port: server.port)
                try connection.write("GET \(target) HTTP/1.1\r\nHost: a\r\nX-Half: ")
                return connection
            }
            let crowded = try Latencies.ofReads(500, server.port, target)
            // They must have been there all the time.
            #expect(ContinuousClock.now - opening < .seconds(9))
            let alive = try slow.suffix(100).filter { connection in
                try connection.write("x\r\n\r\n")
                return try connection.readResponse().status == 200
            }
            #expect(alive.count == 100)
            for percent in [50, 99] {
                #expect(
                    crowded.percentile(percent) < alone.percentile(percent) * 5 + .milliseconds(50),
                    "alone \(alone), crowded \(crowded)")
            }
        }
    }
}
