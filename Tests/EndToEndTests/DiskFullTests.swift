import Foundation
import Testing

/// A disk without room.
@Suite(.load, .enabled(if: SmallDisk.isPossible, "a tmpfs can't be mounted here: it needs root and mount rights"))
struct DiskFullTests {
    @Test func writesAreRefusedWhileReadsGoOnAndResumeByThemselves() async throws {
        let disk = try SmallDisk(megabytes: 512)
        var server = try ServerProcess(data: disk.path + "/data")
        let bucket = try server.client.makeBucket()
        var count = 0

        // Whoever fills the disk: the server stops writing before the last byte is gone.
        try disk.fill(leaving: 200 << 20)
        count = try put(server, bucket, from: count, atMost: 20_000)
        #expect(try server.client.put("\(bucket)/\(Bulk.key(count))", "v").status == 503)
        #expect(disk.free > 16 << 20, "\(disk.free)")
        try checkReads(server, bucket, count)
        // What gives back room goes through.
        #expect(try server.client.delete("\(bucket)/\(Bulk.key(count - 1))").status == 200)
        count -= 1

        // Not even when another takes the rest.
        try disk.fill(leaving: 0)
        for _ in 0..<20 {
            let response = try server.client.send("PUT", "\(bucket)/more", body: [UInt8](repeating: 1, count: 16384))
            #expect(response.status == 503)
            #expect(response["Retry-After"] != nil)
        }
        try checkReads(server, bucket, count)
        #expect(server.isRunning)
        let ready = try server.client.get("/-/ready")
        #expect(ready.status == 503)
        #expect(ready.text.hasPrefix("not ready: the disk is full"))

        try disk.emptyBallast()
        let resumes = try eventually(within: .seconds(30), every: .milliseconds(100)) {
            try server.client.put("\(bucket)/again", "v").status == 200
        }
        #expect(resumes, "\(server.process.errorOutput)")
        #expect(try server.client.get("/-/ready").status == 200)
        #expect(try server.client.delete("\(bucket)/again").status == 200)
        #expect(try put(server, bucket, from: count, atMost: 100) == count + 100)
        count += 100
        try checkReads(server, bucket, count)
        #expect(try server.stop() == .code(0))

        server = try ServerProcess(data: disk.path + "/data")
        try checkReads(server, bucket, count)
        #expect(try server.client.get("\(bucket)/more").status == 404)
        #expect(try server.stop() == .code(0))
    }

    @Test func aKilledServerThatHadNoRoomHasAllThatItAcknowledged() async throws {
        let disk = try SmallDisk(megabytes: 512)
        var server = try ServerProcess(data: disk.path + "/data")
        let bucket = try server.client.makeBucket()
        try disk.fill(leaving: 180 << 20)
        let count = try put(server, bucket, from: 0, atMost: 20_000)
        try disk.fill(leaving: 0)
        #expect(try server.client.put("\(bucket)/more", "v").status == 503)
        try server.kill()
        try disk.emptyBallast()
        server = try ServerProcess(data: disk.path + "/data")
        try checkReads(server, bucket, count)
        #expect(try server.client.get("\(bucket)/more").status == 404)
        #expect(try server.client.put("\(bucket)/more", "v").status == 200)
        #expect(try server.stop() == .code(0))
    }

    @Test func aServerWithoutRoomStopsInGoodOrderAndSaysWhyItDoesNotStart() async throws {
        let disk = try SmallDisk(megabytes: 512)
        var server = try ServerProcess(data: disk.path + "/data")
        let bucket = try server.client.makeBucket()
        let count = try put(server, bucket, from: 0, atMost: 500)
        try disk.fill(leaving: 0)
        #expect(try server.client.put("\(bucket)/more", "v").status == 503)
        #expect(try server.stop() == .code(0))

        let before = try Folder.digests(server.data)
        let message = try RefusalTests.refusal(["--port", "0", "--data", server.data])
        #expect(message.contains("space"), "\(message)")
        #expect(try Folder.digests(server.data) == before)
        try disk.emptyBallast()
        server = try ServerProcess(data: disk.path + "/data")
        try checkReads(server, bucket, count)
        #expect(try server.client.put("\(bucket)/more", "v").status == 200)
        #expect(try server.stop() == .code(0))
    }

    private static let valueSize = 16_000

    /// Sets keys from a number on until one is refused, and gives the number of the first that was not acknowledged.
    private func put(_ server: ServerProcess, _ bucket: String, from start: Int, atMost count: Int) throws -> Int {
        let connection = try Connection(port: server.port)
        for number in start..<start + count {
            let value = Array(Bulk.value(number, size: Self.valueSize).utf8)
            try connection.write(Client.request("PUT", "\(bucket)/\(Bulk.key(number))", body: value))
            let response = try connection.readResponse()
            if response.status == 503 { return number }
            guard response.status == 200 else { throw HarnessError("PUT: \(response.status) \(response.text)") }
        }
        return start + count
    }

    private func checkReads(_ server: ServerProcess, _ bucket: String, _ count: Int) throws {
        #expect(count > 100)
        let connection = try Connection(port: server.port)
        for number in stride(from: 0, to: count, by: 7) {
            try connection.write(Client.request("GET", "\(bucket)/\(Bulk.key(number))"))
            let text = try connection.readResponse().text
            #expect(text == Bulk.value(number, size: Self.valueSize), "key \(number)")
        }
        let list = try server.client.get("\(bucket)/?prefix=key-")
        #expect(list.text == (0..<count).map { "\(Bulk.key($0))\n" }.joined())
    }
}
