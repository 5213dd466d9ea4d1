import Foundation
import Testing

/// How many allocations a request takes, so that none come back unseen. Debug builds, which keep what an optimiser takes away, have
/// limits of their own.
@Suite(.server, .enabled(if: AllocationCount.isPossible, "counts by glibc"))
struct AllocationTests {
    @Test func fewAreMadeForAGetThatMemoryAnswers() throws {
        try withCountingServer { server, allocations in
            let bucket = try server.client.makeBucket()
            try server.client.put("\(bucket)/key", "value")
            let count = try allocations.perRequest(Client.request("GET", "\(bucket)/key"), to: server) { response in
                response.text == "value"
            }
            #expect(count <= (isOptimised ? 3 : 110))
        }
    }

    @Test func aKnownNumberIsMadeForAPut() throws {
        try withCountingServer { server, allocations in
            let bucket = try server.client.makeBucket()
            let request = Client.request("PUT", "\(bucket)/key", body: Array("value".utf8))
            let count = try allocations.perRequest(request, to: server) { $0.status == 200 }
            #expect(count <= (isOptimised ? 64 : 265))
        }
    }

    private var isOptimised: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    private func withCountingServer(_ body: (ServerProcess, AllocationCount) throws -> Void) throws {
        let folder = try TemporaryFolder()
        let allocations = AllocationCount(file: folder.file("allocations"))
        let server = try ServerProcess(data: folder.file("data"), environment: allocations.environment)
        try body(server, allocations)
        #expect(try server.stop() == .code(0), "\(server.process.errorOutput)")
    }
}

/// Counts the allocations of a server by the library that was built with these tests.
private struct AllocationCount {
    let file: String

    static var isPossible: Bool {
        #if canImport(Glibc)
            true
        #else
            false
        #endif
    }

    /// What the server is to be started with.
    var environment: [String: String] {
        let library =
            URL(fileURLWithPath: Kvick.executable).deletingLastPathComponent().path + "/libAllocationCounter.so"
        return ["LD_PRELOAD": library, "ALLOCATION_COUNT_FILE": file]
    }

    /// Those of one request, on average of two hundred on one connection, one after the other: the least of some such averages, for what
    /// the server does by the clock counts, too, the more the longer a busy machine takes.
    func perRequest(_ request: [UInt8], to server: ServerProcess, isRight: (HTTPResponse) -> Bool) throws -> Double {
        let connection = try Connection(port: server.port)
        func average() throws -> Double {
            let before = try total
            for _ in 0..<200 {
                try connection.write(request)
                let response = try connection.readResponse()
                guard isRight(response) else { throw HarnessError("\(response.status) \(response.text)") }
            }
            return try Double(total - before) / 200
        }
        // Caches fill, and what is made once is made.
        _ = try average()
        let least = try (0..<5).map { _ in try average() }.min() ?? 0
        try #require(least > 0, "\(file) counts nothing")
        return least
    }

    private var total: UInt64 {
        get throws {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            guard bytes.count == MemoryLayout<UInt64>.size else { throw HarnessError("\(file) has no count") }
            return bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        }
    }
}
