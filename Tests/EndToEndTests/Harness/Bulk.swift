import Foundation

/// Many keys at once.
enum Bulk {
    /// The name of a bucket's key of that number; the names are in the order of the numbers.
    static func key(_ number: Int) -> String {
        "key-" + String(repeating: "0", count: 7 - String(number).count) + String(number)
    }

    /// The value of that number, of exactly `size` bytes, which no compression makes smaller.
    static func value(_ number: Int, size: Int) -> String {
        let start = "\(number):"
        let length = size - start.utf8.count
        let offset = number * 7919 % (noise.count - length)
        return start + String(decoding: noise[offset..<offset + length], as: UTF8.self)
    }

    private static let noise: [UInt8] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-".utf8)
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<1_000_003).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return alphabet[Int(state >> 32) & 63]
        }
    }()

    /// Sets the keys of `0..<count`, over several connections, many requests at a time.
    static func put(_ port: Int, _ bucket: String, count: Int, valueSize: Int) async throws {
        let connectionCount = 4
        let batchSize = 100
        _ = try await concurrently(connectionCount) { part in
            let connection = try Connection(port: port)
            var numbers = Array(stride(from: part, to: count, by: connectionCount))[...]
            while !numbers.isEmpty {
                let batch = numbers.prefix(batchSize)
                numbers = numbers.dropFirst(batchSize)
                let requests = batch.map { number in
                    "PUT \(bucket)/\(key(number)) HTTP/1.1\r\nHost: a\r\nContent-Length: \(valueSize)\r\n\r\n"
                        + value(number, size: valueSize)
                }
                try connection.write(requests.joined())
                for _ in batch {
                    let response = try connection.readResponse()
                    guard response.status == 200 else {
                        throw HarnessError("PUT: \(response.status) \(response.text)")
                    }
                }
            }
        }
    }

    /// The text list with values of the keys of `numbers`.
    static func list(_ numbers: Range<Int>, valueSize: Int) -> [UInt8] {
        numbers.reduce(into: []) { bytes, number in
            bytes += Array("\(key(number))=\(value(number, size: valueSize))\n".utf8)
        }
    }
}

extension [UInt8] {
    /// Equality that is quick in a debug build too.
    func isSame(as other: [UInt8]) -> Bool {
        count == other.count && memcmp(self, other, count) == 0
    }
}

/// Durations in the order of their length.
struct Latencies: CustomStringConvertible {
    let sorted: [Duration]

    init(_ durations: [Duration]) {
        sorted = durations.sorted()
    }

    func percentile(_ percent: Int) -> Duration {
        sorted[min(sorted.count * percent / 100, sorted.count - 1)]
    }

    var description: String { "p50 \(percentile(50)), p99 \(percentile(99))" }

    /// How long each of `count` reads of a key takes, over one connection.
    static func ofReads(_ count: Int, _ port: Int, _ target: String) throws -> Latencies {
        let connection = try Connection(port: port)
        let request = Client.request("GET", target)
        return Latencies(
            try (0..<count).map { _ in
                let start = ContinuousClock.now
                try connection.write(request)
                let response = try connection.readResponse()
                guard response.status == 200 else { throw HarnessError("GET: \(response.status)") }
                return ContinuousClock.now - start
            })
    }
}
