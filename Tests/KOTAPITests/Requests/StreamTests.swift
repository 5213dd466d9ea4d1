import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Answers that are made as they are taken")
struct StreamTests {
    private static let count = 12_000

    private static func key(_ number: Int) -> String {
        let digits = String(number)
        return "k" + String(repeating: "0", count: 5 - digits.count) + digits
    }

    /// Sets keys of which each third is sealed.
    private func fill(_ test: TestKOTAPI) async throws {
        for part in 0..<3 {
            let pairs = stride(from: part, to: Self.count, by: 3).map { "[\"\(Self.key($0))\",\($0)]" }
            let sealing = part == 0 ? #","encryption_key":"x""# : ""
            let set = try await test.post(
                "/controller/bulk_set",
                #"{"database_name":"d","kv_pairs":[\#(pairs.joined(separator: ","))]\#(sealing)}"#)
            try #require(set.status == 200)
        }
    }

    private func pairs(_ isIncluded: (Int) -> Bool) -> [String] {
        (0..<Self.count).filter(isIncluded).map { "\"\(Self.key($0))\":\($0)" }
    }

    @Test("All keys come in pieces, in their order, without those that are sealed under another key")
    func getAll() async throws {
        try await withAPI { test in
            try await fill(test)
            let all = try await test.getAll("d", encryptionKey: "x")
            #expect(all.isStreamed)
            #expect(all.field("Content-Type") == "application/json")
            #expect(all.text == "{\(pairs { _ in true }.joined(separator: ","))}\n")
            let plain = "{\(pairs { $0 % 3 != 0 }.joined(separator: ","))}\n"
            #expect(try await test.getAll("d").text == plain)
            #expect(try await test.getAll("d", encryptionKey: "wrong").text == plain)
            #expect(try await test.getAll("d", encryptionKey: "None").text == plain)
            #expect(try await test.text("/controller/get_count", of: "d") == "\(Self.count)\n")
        }
    }

    @Test("As lines, each key has its own, and the last one says that it is the end")
    func getAllLines() async throws {
        try await withAPI { test in
            try await fill(test)
            let answer = try await test.post(
                "/controller/get_all", #"{"database_name":"d"}"#, [("Accept", "application/jsonl")])
            #expect(answer.field("Content-Type") == "application/jsonl")
            let lines = (0..<Self.count).filter { $0 % 3 != 0 }.map {
                "{\"key\":\"\(Self.key($0))\",\"value\":\($0)}\n"
            }
            #expect(answer.text == lines.joined() + "{\"end\":true}\n")
            let none = try await test.post(
                "/controller/get_all", #"{"database_name":"none"}"#, [("Accept", "application/jsonl")])
            #expect(none.text == "{\"end\":true}\n")
        }
    }

    @Test("A backup has all records, however many there are")
    func backup() async throws {
        try await withAPI { test in
            try await fill(test)
            let answer = try await test.post("/database/backup", #"{"database_name":"d"}"#)
            #expect(answer.isStreamed)
            #expect(answer.lines.count == Self.count + 1)
            #expect(answer.lines.last?.hasPrefix(#"{"end":true,"records":\#(Self.count),"sealing":""#) == true)
            #expect(answer.lines.filter { $0.contains(#""sealed":""#) }.count == Self.count / 3)
        }
    }

    @Test("A database of values that are all left out is an empty object")
    func allLeftOut() async throws {
        try await withAPI { test in
            for key in ["a", "b"] { try await test.set("d", key, "1", encryptionKey: "x") }
            #expect(try await test.getAll("d").text == "{}\n")
            #expect(try await test.text("/controller/get_count", of: "d") == "2\n")
        }
    }

    @Test("Values larger than a piece come whole")
    func largeValues() async throws {
        try await withAPI { test in
            let value = String(repeating: "v", count: 200_000)
            for key in ["a", "b", "c"] { try await test.set("d", key, "\"\(value)\"", compress: true) }
            let all = try await test.getAll("d")
            #expect(all.text == #"{"a":"\#(value)","b":"\#(value)","c":"\#(value)"}"# + "\n")
        }
    }
}
