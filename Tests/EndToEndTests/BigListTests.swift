import Foundation
import Testing

/// Lists that are larger than the memory a server should take for them.
@Suite(.load)
struct BigListTests {
    @Test func slowReadersOfLargeListsTakeNoMemoryAndHoldNobodyUp() async throws {
        let count = 60_000
        let valueSize = 2048
        let flags = ["--durability", "relaxed", "--cache-size", "8MiB"]
        try await withServer(flags) { server in
            let bucket = try server.client.makeBucket()
            try await Bulk.put(server.port, bucket, count: count, valueSize: valueSize)
            try checkPages(server, bucket, count)

            let before = try server.residentSize
            // 20 lists of 20 MB each, of which a reader takes a little and then nothing.
            let readers = try (0..<20).map { _ in
                let reader = try Connection(port: server.port, receiveBuffer: 4096)
                try reader.write("GET \(bucket)/?values=true&limit=10000 HTTP/1.1\r\nHost: a\r\n\r\n")
                return reader
            }
            var heads: [HTTPResponse] = []
            for reader in readers { heads.append(try HTTPResponse(head: reader.readHead())) }
            #expect(heads.allSatisfy { $0.status == 200 && $0["X-Next-After"] == Bulk.key(9999) })
            var largest = before
            let end = ContinuousClock.now + .seconds(3)
            while ContinuousClock.now < end {
                let latencies = try Latencies.ofReads(20, server.port, "\(bucket)/\(Bulk.key(30_000))")
                #expect(latencies.percentile(100) < .seconds(2), "\(latencies)")
                let write = try server.client.put("\(bucket)/other", "v")
                #expect(write.status == 200)
                largest = max(largest, try server.residentSize)
            }
            #expect(largest - before < 64 << 20, "\((largest - before) >> 20) MiB more")

            // One that goes on gets all of it, as the list was when it was asked for.
            let body = try readers[0].readChunks()
            let expected = Bulk.list(0..<10_000, valueSize: valueSize)
            #expect(body.isSame(as: expected))
            withExtendedLifetime(readers) {}
        }
    }

    @Test func clientsThatPipelineAndNeverReadTakeNoMemory() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let value = [UInt8](repeating: 0x61, count: 16384)
            #expect(try server.client.send("PUT", "\(bucket)/k", body: value).status == 200)
            _ = try Latencies.ofReads(100, server.port, "\(bucket)/k")
            let before = try server.residentSize
            // Each asks for as much as the server takes of 3 GB.
            let request = String(decoding: Client.request("GET", "\(bucket)/k"), as: UTF8.self)
            let requests = Array(String(repeating: request, count: 200_000).utf8)
            let port = server.port
            let readers = try await concurrently(10) { _ in
                let connection = try Connection(port: port, timeout: .seconds(2), receiveBuffer: 4096)
                #expect(throws: HarnessError.self) { try connection.write(requests) }
                return connection
            }
            let latencies = try Latencies.ofReads(50, server.port, "\(bucket)/k")
            #expect(latencies.percentile(100) < .seconds(2), "\(latencies)")
            let after = try server.residentSize
            #expect(after - before < 64 << 20, "\((after - before) >> 20) MiB more")
            withExtendedLifetime(readers) {}
        }
    }

    /// Reads all keys by pages.
    private func checkPages(_ server: ServerProcess, _ bucket: String, _ count: Int) throws {
        let connection = try Connection(port: server.port)
        var after: String?
        for start in stride(from: 0, to: count, by: 10_000) {
            let rest = after.map { "after=\($0)" } ?? ""
            try connection.write(Client.request("GET", "\(bucket)/?\(rest)"))
            let page = try connection.readResponse()
            #expect(page.isChunked)
            let expected = (start..<start + 10_000).map { "\(Bulk.key($0))\n" }.joined()
            #expect(page.text == expected, "the page from \(start)")
            after = page["X-Next-After"]
            #expect((after == nil) == (start + 10_000 == count))
        }
    }
}
