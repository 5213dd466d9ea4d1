import HTTPAPI
import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Transactions on a database")
struct TransactionRequestTests {
    private func transact(_ test: TestKOTAPI, _ operations: String, _ more: String = "") async throws -> Answer {
        try await test.post("/controller/transaction", #"{"database_name":"d","operations":\#(operations)\#(more)}"#)
    }

    @Test("Each operation sees those before it, and says what it gave")
    func results() async throws {
        try await withAPI { test in
            let answer = try await transact(
                test,
                #"[["GET","a"],["SET","a",{"n": 1}],["get","a"],["DELETE","a"],["GET","a"],["delete","none"],["Set","b","x"]]"#
            )
            #expect(answer.text == "[null,true,{\"n\":1},true,null,true,true]\n")
            #expect(answer.field("Content-Type") == "application/json")
            #expect(try await test.getAll("d").text == "{\"b\":\"x\"}\n")
            #expect(try await transact(test, "[]").text == "[]\n")
            #expect(try await transact(test, #"[["GET","b"],["GET","none"]]"#).text == "[\"x\",null]\n")
        }
    }

    @Test("Only to look or to delete makes no database")
    func noDatabase() async throws {
        try await withAPI { test in
            let read = try await transact(test, #"[["GET","a"]]"#)
            #expect(read.text == "[null]\n")
            #expect(try await transact(test, #"[["GET","a"],["DELETE","a"]]"#).text == "[null,true]\n")
            #expect(try await test.get("/database/list").text == "{}\n")
        }
    }

    @Test("Where a value can't be opened nothing is changed")
    func wrongKey() async throws {
        try await withAPI { test in
            try await test.set("d", "sealed", "1", encryptionKey: "x")
            try await test.set("d", "deleted", "1")
            let operations =
                #"[["SET","a",1],["DELETE","deleted"],["SET","sealed",2],["GET","plain"],["SET","b",1],["GET","s"]]"#
            try await test.set("d", "s", "1", encryptionKey: "x")
            for key in ["", #","encryption_key":"y""#] {
                let answer = try await transact(test, operations, key)
                #expect(answer.status == 403)
                #expect(answer.text == "wrong encryption key\n")
            }
            #expect(try await test.getAll("d", encryptionKey: "x").text == #"{"deleted":1,"s":1,"sealed":1}"# + "\n")
            #expect(
                try await transact(test, operations, #","encryption_key":"x""#).text == "[true,true,true,null,true,1]\n"
            )
            #expect(
                try await test.getAll("d", encryptionKey: "x").text == #"{"a":1,"b":1,"s":1,"sealed":2}"# + "\n")
            // What it set is sealed.
            #expect(try await test.getAll("d").text == "{}\n")
        }
    }

    @Test(
        "Operations of no known form are refused before any is done, with the right form",
        arguments: [
            #"[["SET","a",1],["POP","a"]]"#, #"[["SET","a",1],["SET","b"]]"#, #"[["SET","a",1],["GET"]]"#,
            #"[["SET","a",1],["GET","a",1]]"#, #"[["SET","a",1],["DELETE","a",1]]"#, #"[["SET","a",1],[]]"#,
            #"[["SET","a",1],["SET","b",1,2]]"#, #"[["SET","a",1],{"SET":"b"}]"#, #"[["SET","a",1],["GET",7]]"#,
            #"[["SET","a",1],["GET",""]]"#, #"{"SET":"a"}"#, "7",
        ])
    func malformed(operations: String) async throws {
        try await withAPI { test in
            let answer = try await transact(test, operations)
            #expect(answer.status == 400)
            #expect(answer.lines.count == 1)
            #expect(try await test.getAll("d").text == "{}\n")
        }
    }

    @Test("Those who add at the same time lose none of what the others did")
    func concurrency() async throws {
        try await withAPI { test in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await transact(
                            test,
                            #"[["SET","a\#(number)",1],["GET","shared"],["SET","shared",\#(number)],["SET","b\#(number)",1]]"#
                        ).text
                    }
                }
                var seen: Set<String> = []
                for try await text in group {
                    // Each saw what another had set, and no two the same.
                    let found = try #require(text.wholeMatch(of: /\[true,([0-9a-z]+),true,true\]\n/))
                    #expect(seen.insert(String(found.1)).inserted)
                }
                #expect(seen.contains("null"))
            }
            #expect(try await test.text("/controller/get_count", of: "d") == "81\n")
        }
    }

    @Test("A get of more than may be got leaves nothing done, also where it is stored as far less")
    func largeResult() async throws {
        try await withAPI { test in
            let large = KOTValue.bytes([UInt8](repeating: 65, count: 5_000_000))
            try await test.databases.set("q", "job", to: large, KOTStorage(compress: true))
            for storage in [KOTStorage(), KOTStorage(encryptionKey: "unused")] {
                await #expect(throws: APIError.self) {
                    try await test.databases.transaction("q", [.get(key: "job"), .delete(key: "job")], storage)
                }
            }
            let kept = try await test.databases.get("q", "job", encryptionKey: nil)
            #expect(kept == large)
        }
    }
}
