import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Messages for KOT's log")
struct LogRequestTests {
    @Test("A message goes to the database of its level, as KOT keeps it", arguments: KOTLogLevel.allCases)
    func levels(level: KOTLogLevel) async throws {
        try await withAPI { test in
            let name = level.rawValue
            let answer = try await test.post("/controller/\(name)", form: ["message": "it \"works\"\nü"])
            #expect(answer.status == 200)
            #expect(answer.text == "\(name.prefix(1).uppercased())\(name.dropFirst()) message logged successfully")
            #expect(try await test.get("/database/list").strings().keys.sorted() == [name])
            let all = try await test.getAll(name).text
            let entry = try #require(all.wholeMatch(of: /\{"([a-z]+)_writer-([0-9]+(\.[0-9]+)?)-[0-9]{5}":(.*)\}\n/))
            #expect(String(entry.1) == name)
            let time = try #require(Double(entry.2))
            #expect(abs(time * 1000 - Double(test.store.clock().milliseconds)) < 60_000)
            #expect(entry.4 == #"[[[],{}],"it \"works\"\nü"]"#)
        }
    }

    @Test("A message may go to another database")
    func otherDatabase() async throws {
        try await withAPI { test in
            try await test.post("/controller/info", #"{"message":"m","database_name":"mine"}"#)
            try await test.post("/controller/info", #"{"message":"m","database_name":"None"}"#)
            try await test.post("/controller/info", #"{"message":"m","database_name":""}"#)
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["info", "mine"])
            #expect(try await test.text("/controller/get_count", of: "mine") == "1\n")
            #expect(try await test.text("/controller/get_count", of: "info") == "2\n")
        }
    }

    @Test("Of messages at the same moment each is kept")
    func manyAtOnce() async throws {
        try await withAPI { test in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<300 {
                    group.addTask { try await test.post("/controller/error", #"{"message":"\#(number)"}"#).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await test.text("/controller/get_count", of: "error") == "300\n")
        }
    }
}
