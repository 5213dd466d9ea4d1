import Foundation
import NIOCore
import Synchronization
import Testing

@testable import kvick

/// Lines on their way to a server: records, batches, and what is made of answers.
struct ImportTests {
    @Test(arguments: [
        (#"{"key":"a","value":1}"#, #"{"set":"a","value":1,"expires":0}"#),
        (
            #" { "value" : {"b": [1.0]} , "key" : "a\n", "content_type":"x/y","expires":5.5,"type":null,"base64":null}"#,
            #"{"set":"a\n","value":{"b": [1.0]},"content_type":"x/y","expires":5.5}"#
        ),
        (#"{"key":"a","value":null}"#, #"{"set":"a","value":null,"expires":0}"#),
        (
            #"{"key":{"base64":"/w=="},"base64":"AP8=","type":"json"}"#,
            #"{"set":{"base64":"/w=="},"base64":"AP8=","type":"json","expires":0}"#
        ),
    ])
    func aLineBecomesTheOperationThatSetsIt(_ line: String, _ operation: String) throws {
        let record = try ImportRecord(Array(line.utf8), line: 1, onlyIfAbsent: false)
        #expect(String(buffer: record.operation) == operation)
        let ifAbsent = try ImportRecord(Array(line.utf8), line: 1, onlyIfAbsent: true)
        #expect(String(buffer: ifAbsent.operation) == operation.dropLast() + #","if_absent":true}"#)
    }

    @Test func aLongTextThatIsMostlyEscapesBecomesBase64() throws {
        let line = #"{"key":"a","value":"\#(String(repeating: #"\u0001"#, count: 5000))"}"#
        let record = try ImportRecord(Array(line.utf8), line: 1, onlyIfAbsent: false)
        let base64 = Data(repeating: 1, count: 5000).base64EncodedString()
        #expect(String(buffer: record.operation) == #"{"set":"a","base64":"\#(base64)","expires":0}"#)
    }

    @Test(arguments: [
        (#"{"value":1}"#, "key is missing"), (#"{"key":1,"value":1}"#, "key must be"), (#"{"key":"a"}"#, "either"),
        (#"{"key":"a","value":1,"base64":""}"#, "either"), (#"{"key":"a","value":1,"ttl":1}"#, "ttl is no member"),
        (#"{"key":"a","value":1} x"#, "the end must stand here"), (#"["a",1]"#, "must be a JSON object"),
        ("{", "can't be read"),
        (#"{"key":"a","key":"a","value":1}"#, "twice"), (#"{"key":"a","value":01}"#, "can't be read"),
    ])
    func aLineThatIsNoRecordIsNamed(_ line: String, _ words: String) throws {
        try withFile("\n{\"key\":\"a\",\"value\":1}\r\n \(line)") { path in
            var source = try ImportSource(path: path, onlyIfAbsent: false)
            defer { source.close() }
            #expect(try source.next()?.line == 2)
            let error = #expect(throws: CommandFailure.self) { try source.next() }
            #expect(error?.description.hasPrefix("\(path):3: ") == true)
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }

    @Test func recordsAreCutIntoBatchesUpToALineThatIsWrong() throws {
        let lines = (0..<7).map { "{\"key\":\"k\($0)\",\"value\":\"0123456789\"}" } + ["oops", "{}"]
        try withFile(lines.joined(separator: "\n")) { path in
            var (reader, source) = (BatchReader(), try ImportSource(path: path, onlyIfAbsent: false))
            defer { source.close() }
            let next = { (count: Int, size: Int) in
                try reader.next(&source, within: ImportBatch.Limits(count: count, size: size))?.records.map(\.line)
            }
            #expect(try next(2, 1000) == [1, 2])
            // One record has 45 bytes, what stands around all has 10, and each goes with a comma.
            #expect(try next(10, 10 + 2 * 46) == [3, 4])
            #expect(try next(10, 1) == [5])
            #expect(try next(10, 1000) == [6, 7])
            for _ in 0..<2 { #expect(throws: CommandFailure.self) { try next(10, 1000) } }
        }
    }

    @Test func aBatchIsSentInPartsWhereItIsTooLargeAndLaterOnesAreSmaller() async throws {
        let server = PretendServer(countMax: 3)
        let sender = server.sender
        let outcome = await sender.send(try batch(10))
        #expect(outcome.counts == ImportCounts(imported: 10) && outcome.failure == nil)
        #expect(server.counts == [10, 5, 2, 3, 5, 2, 3])
        #expect(sender.limits.count <= 3)
    }

    @Test func aSingleRecordThatIsTooLargeIsNamed() async throws {
        let outcome = await PretendServer(countMax: 0).sender.send(try batch(3))
        #expect(outcome.failure?.line == 1 && outcome.failure?.reason == "too large")
    }

    @Test func whatComesBeforeARefusedLineIsImported() async throws {
        let server = PretendServer(countMax: 10, refusing: 3)
        let outcome = await server.sender.send(try batch(6))
        #expect(outcome.counts.imported == 3)
        #expect(outcome.failure?.line == 4 && outcome.failure?.reason == "never")
        #expect(server.counts == [6, 3])
    }

    @Test func whatWasImportedBehindARefusedLineIsTold() async throws {
        let lines = (0..<2500).map { #"{"key":"k\#($0)","value":1}"# }
        let path = FileManager.default.temporaryDirectory.path + "/kvick-import-\(UUID())"
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var source = try ImportSource(path: path, onlyIfAbsent: false)
        defer { source.close() }
        let isBehindDone = Mutex(0)
        let sender = BatchSender { body, count in
            let text = String(buffer: body)
            guard text.contains(#""k7""#) && count == 1000 else {
                if count != 7 { isBehindDone.withLock { $0 += 1 } }
                return .done(ImportCounts(imported: count))
            }
            while isBehindDone.withLock({ $0 }) < 2 { await Task.yield() }
            return .refused(record: 7, "never")
        } wait: { _, _ in
        }
        let error = await #expect(throws: CommandFailure.self) { try await BucketImport(sender: sender).run(&source) }
        #expect(
            error?.description
                == "\(path):8: never; imported 1507 keys, 1500 of them from behind that, and all may be imported again")
    }

    @Test func aServerThatAsksToWaitIsAskedAgainUpToABound() async throws {
        let server = PretendServer(countMax: 10, delays: [30, 0, 5])
        #expect(await server.sender.send(try batch(2)).counts.imported == 2)
        #expect(server.waits == [30, 1, 5])
        let busy = PretendServer(countMax: 10, delays: Array(repeating: 3600, count: 5))
        #expect(await busy.sender.send(try batch(2)).failure?.reason == "too many")
        #expect(busy.waits == [3600, 3600])
    }

    @Test func aKeyThatIsUnderWayHoldsUpTheBatchThatSetsItAgain() throws {
        var flight = BatchFlight()
        let (first, other) = (try batch(3), try batch(3, prefix: "other"))
        let number = flight.begin(first)
        #expect(!flight.hasRoom(for: first) && flight.hasRoom(for: other))
        flight.end(number)
        #expect(flight.hasRoom(for: first))
        for place in 0..<4 { _ = flight.begin(try batch(1, prefix: "p\(place)")) }
        #expect(!flight.hasRoom(for: other))
    }

    @Test(arguments: [
        (400, "txn[2]: no", nil as String?, TransactionAnswer.refused(record: 2, "no")),
        (400, "txn[x]: no", nil, .tooLarge("txn[x]: no")), (413, "no", nil, .tooLarge("no")),
        (429, "no", "7", .later(seconds: 7, "no")), (503, "no", "0", .later(seconds: 0, "no")),
        (503, "no", nil, .failed("no")), (503, "no", "-1", .failed("no")), (403, "no", "7", .failed("no")),
    ])
    func anAnswerTellsWhatToDo(_ status: Int, _ words: String, _ retryAfter: String?, _ expected: TransactionAnswer) {
        #expect(TransactionAnswer(status: status, words: words, retryAfter: retryAfter) == expected)
    }

    @Test func resultsAreCounted() {
        let json = Array(
            #"{"results":[{"version":"1"},{"version":null},{"set":false,"version":"9"},{"version":"1"}]}"#.utf8)
        let counts = TransactionAnswer.counts(json, of: 4)
        #expect(counts == ImportCounts(imported: 2, expired: 1, kept: 1))
        #expect(counts?.text == "imported 2 keys, 1 key had expired, 1 key was there already")
        #expect(TransactionAnswer.counts(json, of: 3) == nil)
        #expect(TransactionAnswer.counts(Array("[]".utf8), of: 0) == nil)
    }

    private func batch(_ count: Int, prefix: String = "k") throws -> ImportBatch {
        var batch = ImportBatch()
        for place in 0..<count {
            let line = Array(#"{"key":"\#(prefix)\#(place)","value":1}"#.utf8)
            batch.append(try ImportRecord(line, line: place + 1, onlyIfAbsent: false))
        }
        return batch
    }

    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/kvick-import-\(UUID())"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }
}

/// Takes so many sets at once, after it asked to wait a few times.
private final class PretendServer: Sendable {
    private struct State {
        var delays: [Int]
        var counts: [Int] = []
        var waits: [Int] = []
    }

    private let countMax: Int
    private let refused: Int?
    private let state: Mutex<State>

    /// - Parameter refused: the place of a record that it never takes.
    init(countMax: Int, refusing refused: Int? = nil, delays: [Int] = []) {
        self.refused = refused
        self.countMax = countMax
        state = Mutex(State(delays: delays))
    }

    /// How many sets each request had.
    var counts: [Int] { state.withLock { $0.counts } }
    /// How long was waited each time, in seconds.
    var waits: [Int] { state.withLock { $0.waits } }

    var sender: BatchSender {
        BatchSender { [self] _, count in
            state.withLock { state in
                state.counts.append(count)
                guard state.delays.isEmpty else { return .later(seconds: state.delays.removeFirst(), "too many") }
                if let refused, refused < count { return .refused(record: refused, "never") }
                return count > countMax ? .tooLarge("too large") : .done(ImportCounts(imported: count))
            }
        } wait: { [self] seconds, _ in
            state.withLock { $0.waits.append(seconds) }
        }
    }
}
