import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Streams that are many, or whose reader is slow.
@Suite(.load)
struct WatchLoadTests {
    @Test func aThousandWatchersGetEachOf200Writes() async throws {
        let watchers = 1000
        try #require(DescriptorLimit.raise(to: 4096), "this test needs 4096 file descriptors (ulimit -n)")
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let port = server.port
            let streams = try await concurrently(4) { _ in
                try (0..<watchers / 4).map { _ in
                    let stream = try EventStream(port, "\(bucket)/?watch=true&values=true", timeout: .seconds(60))
                    _ = try stream.readBlock()
                    return stream
                }
            }.flatMap { $0 }
            let writer = try Connection(port: port)
            for number in 0..<200 {
                try writer.write(Client.request("PUT", "\(bucket)/\(number)", body: Array("\(number)".utf8)))
                #expect(try writer.readResponse().status == 200)
            }
            let found = try await concurrently(4) { part in
                try streams[part * watchers / 4..<(part + 1) * watchers / 4].map { stream in
                    try stream.readEvents(200).map { "\($0.id) \($0.name) \($0.data)" }
                }
            }.flatMap { $0 }
            #expect(found.count == watchers)
            let first = try #require(found.first)
            #expect(first.enumerated().allSatisfy { $1.contains(" set ") && $1.contains(#""key":"\#($0)""#) })
            #expect(first.enumerated().allSatisfy { $1.contains(#""value":\#($0)}"#) })
            #expect(found.allSatisfy { $0 == first })
        }
    }

    @Test func aStopEndsAllStreamsAtOnceAndInOrder() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        let streams = try (0..<200).map { _ in try EventStream(server.port, "\(bucket)/?watch=true") }
        try server.client.put("\(bucket)/k", "v")
        for stream in streams { #expect(try stream.readEvents(1).map { try $0.summary() } == ["set k"]) }
        let start = ContinuousClock.now
        server.process.signal(SIGTERM)
        // It would throw at an end that is none of the body's.
        for stream in streams { #expect(try stream.readToEnd().isEmpty) }
        // These readers close their side only now, so the server waits out its patience with that, and no more.
        #expect(try server.process.wait(upTo: .seconds(10)) == .code(0))
        #expect(ContinuousClock.now - start < .seconds(6))
    }

    @Test func watchersThatNeverReadTakeLittleMemoryAndAreDropped() async throws {
        let size = 16_000
        let flags = ["--durability", "relaxed", "--cache-size", "8MiB"]
        try await withServer(flags) { server in
            let sockets = try server.socketCount
            let bucket = try server.client.makeBucket()
            // What the writes take by themselves, once the memtables have been filled.
            try await Bulk.put(server.port, bucket, count: 4000, valueSize: size)
            let before = try server.residentSize
            let streams = try (0..<10).map { _ in
                try EventStream(server.port, "\(bucket)/?watch=true&values=true", receiveBuffer: 4096)
            }
            #expect(try server.socketCount >= sockets + streams.count)
            // 100 MB of events for each of them, of which the system's buffers take a little.
            let reader = try EventStream(server.port, "\(bucket)/?watch=true")
            try await Bulk.put(server.port, bucket, count: 6400, valueSize: size)
            let after = try server.residentSize
            #expect(after - before < 128 << 20, "\((after - before) >> 20) MiB more")
            let latencies = try Latencies.ofReads(20, server.port, "\(bucket)/\(Bulk.key(0))")
            #expect(latencies.percentile(100) < .seconds(2), "\(latencies)")
            let events = try reader.readEvents(6400)
            #expect(Set(events.map(\.id)).count == 6400)
            let value = [UInt8](repeating: 0x61, count: size)
            let areDropped = try eventually(within: .seconds(60), every: .milliseconds(200)) {
                // The system may find room again for one that then was told to list anew, and has nothing more to take.
                for _ in 0..<20 { _ = try server.client.send("PUT", "\(bucket)/more", body: value) }
                return try server.socketCount <= sockets + 1
            }
            #expect(areDropped)
            // Cut off, they must not look whole.
            for stream in streams { #expect(throws: HarnessError.self) { try stream.readToEnd() } }
        }
    }
}

extension ServerProcess {
    /// The sockets that it has open.
    fileprivate var socketCount: Int {
        get throws {
            let folder = "/proc/\(process.pid)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
                return target?.hasPrefix("socket:") == true
            }
        }
    }
}

/// The file descriptors that this process and its children may have.
private enum DescriptorLimit {
    /// False where the system does not let it have so many.
    static func raise(to count: rlim_t) -> Bool {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_max >= count else { return false }
        if limit.rlim_cur >= count { return true }
        limit.rlim_cur = count
        return setrlimit(resource, &limit) == 0
    }
}
