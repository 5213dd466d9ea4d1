import Foundation
import Testing

/// How a server ends when it is told to.
@Suite(.server)
struct StopTests {
    @Test(arguments: [SIGTERM, SIGINT]) func aSignalUnderLoadEndsInGoodOrderWithAllThatWasAcknowledged(
        signal: Int32
    ) async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        let running = server
        let counts = try await concurrently(5) { index -> Int in
            guard index < 4 else {
                sleepThread(.milliseconds(400))
                #expect(try running.stop(signal) == .code(0))
                return 0
            }
            let connection = try Connection(port: running.port)
            var count = 0
            while true {
                let request = Client.request("PUT", "\(bucket)/\(index)-\(count)", body: Array("v\(count)".utf8))
                guard (try? connection.write(request)) != nil, let response = try? connection.readResponse() else {
                    break
                }
                if response.status != 200 { break }
                count += 1
                if response["Connection"] == "close" { break }
            }
            return count
        }
        #expect(counts.dropLast().allSatisfy { $0 > 0 })
        server = try ServerProcess(data: folder.file("data"))
        let connection = try Connection(port: server.port)
        for (index, count) in counts.enumerated() {
            for number in 0..<count {
                try connection.write(Client.request("GET", "\(bucket)/\(index)-\(number)"))
                #expect(try connection.readResponse().text == "v\(number)")
            }
        }
        #expect(try server.stop() == .code(0))
    }

    @Test func aStandardErrorThatNobodyReadsDoesNotHoldItUp() async throws {
        let folder = try TemporaryFolder()
        let pipe = folder.file("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        let descriptor = open(pipe, O_RDWR | O_NONBLOCK)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, bytes, bytes.count) > 0 {}
        let server = try ServerProcess(
            data: folder.file("data"), ["--log-level", "debug"],
            prefix: ["sh", "-c", "exec \"$@\" 2<>\"$0\"", pipe])
        let start = ContinuousClock.now
        #expect(try server.stop() == .code(0))
        #expect(ContinuousClock.now - start < .seconds(6))
    }

    @Test func idleConnectionsDoNotHoldItUp() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        let idle = try (0..<20).map { index in
            let connection = try Connection(port: server.port)
            if index % 2 == 0 {
                try connection.write(Client.request("POST", "/"))
                #expect(try connection.readResponse().status == 200)
            }
            return connection
        }
        let start = ContinuousClock.now
        #expect(try server.stop() == .code(0))
        #expect(ContinuousClock.now - start < .seconds(6))
        for connection in idle { #expect(connection.isClosed()) }
    }

    @Test func duringItsDelayItIsNotReadyAndServesUntilASecondSignal() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--stop-delay", "60s"])
        #expect(try server.client.get("/-/ready").status == 200)
        server.process.signal(SIGTERM)
        let isTold = try eventually(within: .seconds(5)) { try server.client.get("/-/ready").status == 503 }
        #expect(isTold)
        let bucket = try server.client.makeBucket()
        #expect(try server.client.put("\(bucket)/k", "v").status == 200)
        #expect(try server.client.get("/-/health").status == 200)
        // Within a second of the first one it counts as the same wish.
        let isHeard = eventually(within: .seconds(10), every: .milliseconds(200)) {
            server.process.signal(SIGTERM)
            return eventually(within: .milliseconds(100)) {
                server.process.errorOutput.contains("stopping without further delay")
            }
        }
        #expect(isHeard)
        #expect(try server.process.wait(upTo: .seconds(10)) == .code(0))
    }

    @Test func behindItsDelayItEnds() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--stop-delay", "200ms"])
        let start = ContinuousClock.now
        #expect(try server.stop() == .code(0))
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }

    @Test func aRequestThatIsHalfSentIsAnswered() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        let connection = try Connection(port: server.port)
        try connection.write("PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        // So that the half is read before the signal comes.
        #expect(try server.client.get("\(bucket)/k").status == 404)
        server.process.signal(SIGTERM)
        sleepThread(.milliseconds(200))
        try? connection.write("world")
        let response = try connection.readResponse()
        #expect(response.status == 200 || response.status == 503)
        #expect(response["Connection"] == "close")
        #expect(try server.process.wait(upTo: .seconds(10)) == .code(0))
    }

    @Test func aListUnderWayIsReadToItsEndAndNobodyElseComesIn() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--durability", "relaxed"])
        let bucket = try server.client.makeBucket()
        try await Bulk.put(server.port, bucket, count: 4000, valueSize: 4000)
        let reader = try Connection(port: server.port, receiveBuffer: 4096)
        try reader.write(Client.request("GET", "\(bucket)/?values=true"))
        #expect(try reader.readHead().hasPrefix("HTTP/1.1 200"))
        server.process.signal(SIGTERM)
        let refuses = eventually(within: .seconds(4)) { (try? Connection(port: server.port)) == nil }
        #expect(refuses)
        #expect(server.isRunning)
        let body = try reader.readChunks()
        #expect(body.isSame(as: Bulk.list(0..<4000, valueSize: 4000)))
        #expect(try server.process.wait(upTo: .seconds(10)) == .code(0))
    }

    @Test func aReaderThatStandsStillDoesNotHoldItUpForever() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--durability", "relaxed"])
        let bucket = try server.client.makeBucket()
        try await Bulk.put(server.port, bucket, count: 4000, valueSize: 4000)
        let readers = try (0..<3).map { _ in
            let reader = try Connection(port: server.port, receiveBuffer: 4096)
            try reader.write(Client.request("GET", "\(bucket)/?values=true"))
            #expect(try reader.readHead().hasPrefix("HTTP/1.1 200"))
            return reader
        }
        #expect(try server.stop() == .code(0))
        // A list that is cut must not look whole.
        #expect(throws: HarnessError.self) { try readers[0].readChunks() }
        let again = try ServerProcess(data: folder.file("data"))
        #expect(try again.client.get("\(bucket)/?prefix=key-0003999").text == "key-0003999\n")
        #expect(try again.stop() == .code(0))
    }
}
