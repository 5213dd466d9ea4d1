import HTTPServer
import Testing

@testable import KVdbAPI

@Suite("Versions and conditions")
struct ConditionTests {
    @Test("A key answers with its version, which every change makes a new one")
    func versions() async throws {
        let test = try TestAPI.make()
        let key = "/\(try await test.makeBucket())/k"
        var tags: [String] = []
        for (method, body) in [(Method.put, "1"), (.post, "2"), (.patch, "1"), (.put, "1")] {
            let answer = try await test.send(method, key, body)
            #expect(answer.status == 200)
            let tag = try #require(answer.field("ETag"))
            #expect(tag.wholeMatch(of: /"[1-9][0-9]*"/) != nil)
            tags.append(tag)
            #expect(try await test.send(.get, key).field("ETag") == tag)
            #expect(try await test.send(.head, key).field("ETag") == tag)
        }
        #expect(Set(tags).count == tags.count)
        #expect(try await test.send(.get, key + "none").field("ETag") == nil)
        try await test.close()
    }

    @Test("A GET of a version that the client has is 304 with no body, one of a version that is gone 412")
    func reads() async throws {
        let test = try TestAPI.make()
        let key = "/\(try await test.makeBucket())/k"
        let old = try #require(try await test.send(.put, key, "old").field("ETag"))
        let new = try #require(try await test.send(.put, key, "new").field("ETag"))
        for engineBlocks in [false, true] {
            test.engine.readsBlock = engineBlocks
            for method in [Method.get, .head] {
                for (fields, status) in [
                    ([("If-None-Match", new)], 304), ([("If-None-Match", "W/\(new)")], 304),
                    ([("If-None-Match", "*")], 304), ([("If-None-Match", "\(old), \(new)")], 304),
                    ([("If-None-Match", old), ("If-None-Match", new)], 304), ([("If-None-Match", old)], 200),
                    ([("If-None-Match", #""abc""#)], 200), ([("If-Match", new)], 200), ([("If-Match", "*")], 200),
                    ([("If-Match", old)], 412), ([("If-Match", "W/\(new)")], 412), ([("If-Match", #""abc""#)], 412),
                    ([("If-Match", old), ("If-None-Match", new)], 412),
                    ([("If-Match", new), ("If-None-Match", new)], 304), ([("If-Match", "abc")], 400),
                    ([("If-None-Match", "1")], 400),
                ] {
                    let answer = try await test.send(method, key, "", fields)
                    #expect(answer.status == status, "\(fields)")
                    if status == 304 { #expect(answer.bytes.isEmpty) }
                    if status != 400 { #expect(answer.field("ETag") == new) }
                    #expect(try await test.send(method, key + "none", "", fields).status == (status == 400 ? 400 : 404))
                }
            }
        }
        try await test.close()
    }

    @Test(
        "A change whose condition fails is 412 with nothing changed", arguments: [Method.put, .post, .patch, .delete])
    func changes(method: Method) async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        let key = "/\(bucket)/k"
        let old = try #require(try await test.send(.put, key, "1").field("ETag"))
        let new = try #require(try await test.send(.put, key, "2").field("ETag"))
        for (fields, status) in [
            ([("If-Match", old)], 412), ([("If-Match", "W/\(new)")], 412), ([("If-Match", #""abc", """#)], 412),
            ([("If-None-Match", "*")], 412), ([("If-None-Match", "W/\(new)")], 412),
            ([("If-Match", new), ("If-None-Match", "*")], 412), ([("If-Match", "new")], 400),
            ([("If-None-Match", "*, *")], 400), ([("If-Match", new), ("If-Match", "*")], 400),
        ] {
            let answer = try await test.send(method, key, "7", fields)
            #expect(answer.status == status, "\(fields)")
            #expect(answer.text.hasSuffix("\n"))
            #expect(answer.field("ETag") == (status == 412 ? new : nil))
            let json = try await test.send(method, key, "7", fields + [("Accept", "application/json")])
            #expect(json.text.hasPrefix(#"{"error":""#))
        }
        let kept = try await test.send(.get, key)
        #expect(kept.text == "2")
        #expect(kept.field("ETag") == new)
        #expect(try await test.send(method, key, "7", [("If-Match", "\(old), \(new)")]).status == 200)

        let missing = "/\(bucket)/missing"
        #expect(try await test.send(method, missing, "7", [("If-Match", "*")]).status == 412)
        #expect(try await test.send(method, missing, "7", [("If-Match", new)]).status == 412)
        let made = try await test.send(method, missing, "7", [("If-None-Match", "*")])
        #expect(made.status == (method == .delete ? 404 : 200))
        try await test.close()
    }

    @Test("Of writers that race with the same version exactly one wins")
    func race() async throws {
        let test = try TestAPI.make()
        let key = "/\(try await test.makeBucket())/k"
        var tag = try #require(try await test.send(.put, key, "start").field("ETag"))
        for _ in 0..<20 {
            let current = tag
            let winners = try await withThrowingTaskGroup(of: (String, Answer).self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let answer = try await test.send(.put, key, "\(writer)", [("If-Match", current)])
                        return ("\(writer)", answer)
                    }
                }
                return try await group.reduce(into: [(String, Answer)]()) { if $1.1.status != 412 { $0.append($1) } }
            }
            #expect(winners.count == 1)
            let winner = try #require(winners.first)
            let kept = try await test.send(.get, key)
            #expect(kept.text == winner.0)
            tag = try #require(winner.1.field("ETag"))
            #expect(kept.field("ETag") == tag)
        }
        try await test.close()
    }
}
