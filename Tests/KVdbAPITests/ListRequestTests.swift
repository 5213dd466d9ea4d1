import HTTPServer
import NIOPosix
import Testing

@testable import KVdbAPI

@Suite("Lists")
struct ListRequestTests {
    private func filled() async throws -> (TestAPI, String) {
        let test = try TestAPI.make()
        let id = try await test.makeBucket()
        for (key, value) in [
            ("visitors", Array("101".utf8)), ("flavor-today", Array("coconut".utf8)), ("lines", Array("a\nb\\".utf8)),
            ("%FF", [1, 2, 255]), ("quote\"", Array("\"\u{1}é".utf8)), ("float", Array("2.5".utf8)),
            ("no", Array("007".utf8)),
        ] {
            _ = try await test.send(.put, "/\(id)/\(key == "quote\"" ? "quote%22" : key)", value)
        }
        return (test, id)
    }

    @Test("Keys come in byte order as text, JSON and JSON lines")
    func formats() async throws {
        let (test, id) = try await filled()
        var text = Array("flavor-today\nfloat\nlines\nno\nquote\"\nvisitors\n".utf8)
        text += [0xFF, 0x0A]
        #expect(try await test.send(.get, "/\(id)/").bytes == text)
        let json = try await test.send(.get, "/\(id)/?format=json")
        #expect(json.text == #"["flavor-today","float","lines","no","quote\"","visitors",{"base64":"/w=="}]"#)
        #expect(json.field("Content-Type") == "application/json")
        let values = try await test.send(.get, "/\(id)/?values=true", "", [("Accept", "application/json")])
        #expect(
            values.text
                == #"[["flavor-today","coconut"],["float",2.5],["lines","a\nb\\"],["no","007"],["quote\"","\"\u0001é"],["visitors",101],[{"base64":"/w=="},{"base64":"AQL/"}]]"#
        )
        #expect(
            try await test.send(.get, "/\(id)/?values=true&format=text&limit=3").text
                == "flavor-today=coconut\nfloat=2.5\nlines=a\\nb\\\n")
        #expect(
            try await test.send(.get, "/\(id)/?values=true&format=jsonl&limit=2").text
                == "[\"flavor-today\",\"coconut\"]\n[\"float\",2.5]\n")
        #expect(try await test.send(.get, "/\(id)/?prefix=zzz").text == "")
        #expect(try await test.send(.get, "/\(id)/?prefix=zzz&format=json").text == "[]")
        try await test.close()
    }

    @Test("Other formats are 406, and parameters that make no sense 400")
    func refusals() async throws {
        let (test, id) = try await filled()
        #expect(try await test.send(.get, "/\(id)/?format=xml").status == 406)
        #expect(try await test.send(.get, "/\(id)/", "", [("Accept", "image/png")]).status == 406)
        #expect(try await test.send(.get, "/\(id)/?format=json", "", [("Accept", "image/png")]).status == 200)
        for query in [
            "limit=-1", "limit=0", "limit=10001", "skip=99999999999999999999", "skip=-1", "reverse=maybe", "values=2",
            "limit=1&limit=2", "prefix=%zz",
        ] {
            #expect(try await test.send(.get, "/\(id)/?\(query)").status == 400, "\(query)")
        }
        #expect(try await test.send(.get, "/\(id)/?skip=9223372036854775807").text == "")
        try await test.close()
    }

    @Test("A list that its limit cuts short says where to go on, until all was seen once", arguments: [false, true])
    func paging(reverse: Bool) async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket()
        let keys = (0..<25).map { "k%2F\($0 + 10)" }
        for key in keys { _ = try await test.send(.put, "/\(id)/\(key)", "v") }
        var seen: [String] = []
        var after: String? = ""
        while let position = after {
            let start = position.isEmpty ? "" : "&after=\(position)"
            let page = try await test.send(.get, "/\(id)/?limit=5&reverse=\(reverse)\(start)")
            seen += page.text.split(separator: "\n").map(String.init)
            after = page.field("X-Next-After")
        }
        let all = (0..<25).map { "k/\($0 + 10)" }
        #expect(seen == (reverse ? all.reversed() : all))
        let skipped = try await test.send(.get, "/\(id)/?limit=2&skip=3&reverse=\(reverse)")
        #expect(skipped.text.split(separator: "\n").map(String.init) == Array(seen[3..<5]))
        try await test.close()
    }

    @Test("A list of a bucket that is deleted meanwhile fails rather than end as if it were whole")
    func deletionDuringList() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket("secret_key=s")
        let value = [UInt8](repeating: UInt8(ascii: "v"), count: 16384)
        for key in 100..<130 { _ = try await test.send(.put, "/\(id)/key\(key)", value) }
        let request = try Request(method: .get, target: "/\(id)/?values=true", headers: [basic("s")])
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        guard case .pending(let future) = test.api.handle(request, on: eventLoop) else {
            Issue.record("a list was answered on the event loop")
            return
        }
        guard case .stream(let stream) = try await future.get().body else {
            Issue.record("the list did not stream")
            return
        }
        #expect(try await stream.next(on: eventLoop).get() != nil)
        #expect(try await test.send(.delete, "/\(id)/", "", [basic("s")]).status == 200)
        await #expect(throws: (any Error).self) {
            while try await stream.next(on: eventLoop).get() != nil {}
        }
        try await test.close()
    }

    @Test("A list skips over as many keys as it has to, and stays whole")
    func manySteps() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket()
        // More than one step looks at.
        try await withThrowingTaskGroup { group in
            for key in 10_000..<20_000 {
                group.addTask { _ = try await test.send(.put, "/\(id)/\(key)", "") }
            }
            try await group.waitForAll()
        }
        #expect(try await test.send(.get, "/\(id)/?skip=9998").text == "19998\n19999\n")
        let cut = try await test.send(.get, "/\(id)/?skip=1&limit=9998")
        #expect(cut.field("X-Next-After") == "19998")
        #expect(cut.text.split(separator: "\n").count == 9998)
        #expect(try await test.send(.get, "/\(id)/?skip=10000").text == "")
        #expect(try await test.send(.get, "/\(id)/").text.split(separator: "\n").count == 10_000)
        try await test.close()
    }

    @Test("Too many lists at once are told to come again")
    func tooManyLists() async throws {
        let test = try TestAPI.make(maxStartingLists: 0)
        let id = try await test.makeBucket()
        let answer = try await test.send(.get, "/\(id)/")
        #expect(answer.status == 503)
        #expect(answer.field("Retry-After") == "1")
        try await test.close()
    }

    @Test(
        "A long list streams, with the same text and the same header as a short one",
        arguments: ["text", "json", "jsonl"])
    func streaming(format: String) async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket()
        let value = [UInt8](repeating: UInt8(ascii: "v"), count: 16384)
        let keys = (100..<140).map { "key\($0)" }
        for key in keys { _ = try await test.send(.put, "/\(id)/\(key)", value) }
        let text = String(decoding: value, as: UTF8.self)
        let entries = keys.map { key in format == "text" ? "\(key)=\(text)" : "[\"\(key)\",\"\(text)\"]" }
        func joined(_ entries: ArraySlice<String>) -> String {
            format == "json" ? "[" + entries.joined(separator: ",") + "]" : entries.map { $0 + "\n" }.joined()
        }
        let all = try await test.send(.get, "/\(id)/?values=true&format=\(format)")
        #expect(all.isStreamed)
        #expect(all.text == joined(entries[...]))
        #expect(all.field("X-Next-After") == nil)
        for limit in [1, 4, 5, 39] {
            let part = try await test.send(.get, "/\(id)/?values=true&format=\(format)&limit=\(limit)")
            #expect(part.text == joined(entries[..<limit]))
            #expect(part.field("X-Next-After") == keys[limit - 1])
        }
        #expect(try await test.send(.get, "/\(id)/?values=true&limit=40").field("X-Next-After") == nil)
        try await test.close()
    }
}
