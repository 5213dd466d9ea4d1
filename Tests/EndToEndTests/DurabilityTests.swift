import Foundation
import Testing

/// What a server that is killed leaves behind.
@Suite(.load)
struct DurabilityTests {
    @Test func noAcknowledgedWriteIsLostInTwentyKillsUnderLoad() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        var writers = (0..<4).map { JournalingWriter(number: $0, bucket: bucket) }
        var counters = [0, 0]
        var acknowledged = 0
        for round in 0..<20 {
            let running = server
            let states = writers
            writers = try await concurrently(states.count + 1) { index -> JournalingWriter? in
                guard index < states.count else {
                    sleepThread(.milliseconds(Int.random(in: 300...700)))
                    try running.kill()
                    return nil
                }
                var writer = states[index]
                writer.writeUntilCut(running.port)
                return writer
            }.compactMap { $0 }
            #expect(writers.allSatisfy { $0.unexpected == nil }, "\(writers.compactMap(\.unexpected))")
            acknowledged += writers.reduce(0) { $0 + $1.acknowledgedInRound }

            server = try ServerProcess(data: folder.file("data"))
            let connection = try Connection(port: server.port)
            for index in writers.indices { try writers[index].check(connection, round) }
            for index in counters.indices {
                let own = writers.filter { $0.number % 2 == index }
                try connection.write(Client.request("GET", "\(bucket)/counter-\(index)"))
                let value = Int(try connection.readResponse().text) ?? -1
                let least = counters[index] + own.reduce(0) { $0 + $1.acknowledgedIncrements }
                let most = counters[index] + own.reduce(0) { $0 + $1.sentIncrements }
                #expect((least...most).contains(value), "round \(round): \(value) of \(least) to \(most)")
                counters[index] = value
            }
        }
        // Else the rounds have tried nothing.
        #expect(acknowledged > 1000, "\(acknowledged)")
        #expect(try server.stop() == .code(0))
    }

    @Test func relaxedWritesOutliveAKilledProcessToo() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"), ["--durability", "relaxed"])
        let bucket = try server.client.makeBucket()
        try await Bulk.put(server.port, bucket, count: 500, valueSize: 100)
        sleepThread(.milliseconds(2500))
        try server.kill()
        server = try ServerProcess(data: folder.file("data"), ["--durability", "relaxed"])
        #expect(try server.client.get("\(bucket)/?values=true").body == Bulk.list(0..<500, valueSize: 100))
        #expect(try server.stop() == .code(0))
    }
}

/// Writes distinct values to keys of its own and adds to a counter that it shares, and keeps account of both.
struct JournalingWriter: Sendable {
    let number: Int
    let bucket: String
    /// What went wrong other than that the connection was cut.
    private(set) var unexpected: String?
    private(set) var acknowledgedInRound = 0
    private(set) var sentIncrements = 0
    private(set) var acknowledgedIncrements = 0
    private var next = 0
    /// The newest write of each key that was acknowledged.
    private var acknowledged: [Int: Int] = [:]
    /// The writes of each key behind that one, of which nobody knows.
    private var pending: [Int: [Int]] = [:]

    private static let keyCount = 150
    private static let batchSize = 8

    init(number: Int, bucket: String) {
        self.number = number
        self.bucket = bucket
    }

    private func value(_ write: Int) -> String {
        "\(number):\(write):" + String(repeating: "\(write % 10)", count: write * 37 % 3000) + ":end"
    }

    mutating func writeUntilCut(_ port: Int) {
        (acknowledgedInRound, sentIncrements, acknowledgedIncrements) = (0, 0, 0)
        guard let connection = try? Connection(port: port) else { return }
        while unexpected == nil {
            let writes = next..<next + Self.batchSize
            next = writes.upperBound
            var requests: [UInt8] = []
            for write in writes {
                let target = "\(bucket)/\(number)-\(write % Self.keyCount)"
                requests += Client.request("PUT", target, body: Array(value(write).utf8))
                pending[write % Self.keyCount, default: []].append(write)
            }
            requests += Client.request("PATCH", "\(bucket)/counter-\(number % 2)", body: Array("+1".utf8))
            sentIncrements += 1
            guard (try? connection.write(requests)) != nil else { return }
            for write in writes {
                guard readSuccess(connection) else { return }
                acknowledged[write % Self.keyCount] = write
                pending[write % Self.keyCount]?.removeAll { $0 <= write }
            }
            guard readSuccess(connection) else { return }
            acknowledgedIncrements += 1
        }
    }

    private mutating func readSuccess(_ connection: Connection) -> Bool {
        guard let response = try? connection.readResponse() else { return false }
        guard response.status == 200 else {
            unexpected = "\(response.status) \(response.text)"
            return false
        }
        acknowledgedInRound += 1
        return true
    }

    /// Compares the store with what it should hold, and takes it from there.
    mutating func check(_ connection: Connection, _ round: Int) throws {
        for key in 0..<Self.keyCount {
            try connection.write(Client.request("GET", "\(bucket)/\(number)-\(key)"))
            let response = try connection.readResponse()
            let possible = (acknowledged[key].map { [$0] } ?? []) + (pending[key] ?? [])
            let found = possible.first { value($0) == response.text }
            if response.status == 404 {
                #expect(acknowledged[key] == nil, "round \(round): key \(number)-\(key) is lost")
            } else {
                #expect(
                    found != nil,
                    "round \(round): key \(number)-\(key) holds \(response.text.prefix(30)), not one of \(possible)")
            }
            acknowledged[key] = found
            pending[key] = nil
        }
    }
}
