import HTTPServer
import Testing

@testable import KVdbAPI

@Suite("Exports")
struct ExportTests {
    /// Lines of records of all kinds, in byte order of their keys. Expiry is behind the test clock's time.
    static let lines = [
        #"{"key":"a\nb","value":""}"#,
        #"{"key":"array","value":[1.0, "x"]}"#,
        #"{"key":"bare","value":{"a":1},"content_type":""}"#,
        #"{"key":"bytes","base64":"AP8="}"#,
        #"{"key":"five","value":5,"content_type":"application/json"}"#,
        #"{"key":"five text","value":"5"}"#,
        #"{"key":"float","value":1e+300}"#,
        #"{"key":"image","base64":"iVBORw==","content_type":"image/png"}"#,
        #"{"key":"inner","type":"json","value":"\"5\""}"#,
        #"{"key":"json five","type":"json","value":"5"}"#,
        #"{"key":"lines","type":"json","value":"{\n }"}"#,
        #"{"key":"looks","value":"{\"a\":1}"}"#,
        #"{"key":"null","value":null}"#,
        #"{"key":"odd type","value":"x","content_type":{"base64":"YS//"}}"#,
        #"{"key":"padded","value":1.10}"#,
        #"{"key":"soon","value":"x","expires":1800000000.001}"#,
        #"{"key":"spaced","type":"json","value":" []"}"#,
        #"{"key":"till the end","value":"x","expires":9223372036854775.807}"#,
        #"{"key":{"base64":"/w=="},"value":true}"#,
    ]

    /// The transaction that sets what the lines say.
    static func transaction(_ lines: [String]) -> String {
        let operations = lines.map { line in
            let set = #"{"set":"# + line.dropFirst(#"{"key":"#.count)
            return line.contains("expires") ? set : set.dropLast() + #","expires":0}"#
        }
        return #"{"txn":["# + operations.joined(separator: ",") + "]}"
    }

    private func filled(_ lines: [String] = lines) async throws -> (TestAPI, String, TestClock) {
        let clock = TestClock()
        let test = try TestAPI.make(clock: { clock.now })
        let id = try await test.makeBucket()
        for start in stride(from: 0, to: lines.count, by: 1000) {
            let part = Array(lines[start..<min(start + 1000, lines.count)])
            let answer = try await test.send(.post, "/\(id)", Self.transaction(part))
            #expect(answer.status == 200, "\(answer.text)")
        }
        return (test, id, clock)
    }

    @Test("JSON that is too deep for a line around it goes out as text, and can be set again as it was")
    func deepJSON() async throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        // Brackets in texts count for nothing.
        let flat = #"["\"\#(String(repeating: "[", count: 200))\\"]"#
        let values = [("a", nested(120)), ("b", nested(121)), ("c", nested(128)), ("d", flat)]
        let (test, id, _) = try await filled(
            values.map { key, value in
                let text = value.replacing(#"\"#, with: #"\\"#).replacing("\"", with: #"\""#)
                return #"{"key":"\#(key)","type":"json","value":"\#(text)"}"#
            })
        let lines = try await test.send(.get, "/\(id)/?export=true").text.split(separator: "\n").map(String.init)
        #expect(lines.map { $0.contains(#""type":"json""#) } == [false, true, true, false])
        let (other, otherID, _) = try await filled(lines)
        for (key, value) in values { #expect(try await other.send(.get, "/\(otherID)/\(key)").text == value) }
    }

    @Test("What a line says, set as it stands, is exported as the same line")
    func roundTrip() async throws {
        let (test, id, clock) = try await filled()
        let answer = try await test.send(.get, "/\(id)/?export=true", "", [("Accept", "image/png")])
        #expect(answer.text.split(separator: "\n").map(String.init) == Self.lines)
        #expect(answer.field("Content-Type") == "application/jsonl")
        #expect(answer.field("X-Key-Count") == "\(Self.lines.count)")
        for (key, type) in [
            ("bare", "text/plain; charset=utf-8"), ("array", "application/json"), ("image", "image/png"),
            ("bytes", "application/octet-stream"), ("five", "application/json"),
        ] {
            #expect(try await test.send(.get, "/\(id)/\(key)").field("Content-Type") == type)
        }
        #expect(try await test.send(.get, "/\(id)/lines").text == "{\n }")
        #expect(try await test.send(.patch, "/\(id)/five", "+1").text == "6")
        #expect(try await test.send(.get, "/\(id)/soon").status == 200)
        clock.advance(seconds: 0.001)
        #expect(try await test.send(.get, "/\(id)/soon").status == 404)
        #expect(try await test.send(.get, "/\(id)/?export=true&prefix=soon").text == "")
        try await test.close()
    }

    @Test("A number by PUT is exported as a number, its time to live as the time at which it ends")
    func putValues() async throws {
        let (test, id, clock) = try await filled([])
        _ = try await test.send(.put, "/\(id)/n?ttl=1.25", "5", [("Content-Type", "text/css")])
        _ = try await test.send(.put, "/\(id)/week", "x")
        #expect(
            try await test.send(.get, "/\(id)/?export=true").text == """
                {"key":"n","value":5,"content_type":"text/css","expires":\(clock.seconds + 1).25}
                {"key":"week","value":"x","expires":\(clock.seconds + 604_800)}

                """)
        try await test.close()
    }

    @Test("Prefix, place, direction and limit choose as in a list, and without a limit all come")
    func selection() async throws {
        let lines = (10_000..<21_000).map { #"{"key":"k\#($0)","value":"\#($0)"}"# }
        let (test, id, _) = try await filled(lines)
        let all = try await test.send(.get, "/\(id)/?export=true&values=false&format=text")
        #expect(all.text.split(separator: "\n").map(String.init) == lines)
        #expect(all.isStreamed && all.field("X-Key-Count") == "11000" && all.field("X-Next-After") == nil)
        let part = try await test.send(.get, "/\(id)/?export=true&prefix=k2&after=k20003&reverse=true&limit=2")
        #expect(part.text == [lines[10_002], lines[10_001], ""].joined(separator: "\n"))
        #expect(part.field("X-Next-After") == "k20001" && part.field("X-Key-Count") == "2")
        #expect(try await test.send(.get, "/\(id)/?export=true&limit=10001").status == 400)
        #expect(try await test.send(.get, "/\(id)/?export=maybe").status == 400)
        #expect(try await test.send(.get, "/\(id)/?format=export").status == 406)
        try await test.close()
    }

    @Test("An export needs what a list with values needs")
    func access() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket("secret_key=s&read_key=r&write_key=w&signing_key=x")
        _ = try await test.send(.put, "/\(id)/a:1", "1", [basic("w")])
        _ = try await test.send(.put, "/\(id)/b:1", "1", [basic("w")])
        #expect(try await test.send(.get, "/\(id)/?export=true").status == 401)
        #expect(try await test.send(.get, "/\(id)/?export=true", "", [basic("w")]).status == 403)
        #expect(try await test.send(.get, "/\(id)/?export=true", "", [basic("r")]).status == 200)
        for (permissions, status) in [("enumerate", 403), ("read", 200)] {
            let form = "permissions=\(permissions)&prefix=a:"
            let headers = [basic("s"), ("Accept", "text/plain")]
            let token = try await test.send(.post, "/\(id)/tokens/", form, headers).text
            let answer = try await test.send(.get, "/\(id)/?export=true", "", [("Authorization", "Bearer " + token)])
            #expect(answer.status == status)
            #expect(status != 200 || answer.text.hasPrefix(#"{"key":"a:1","#) && !answer.text.contains("b:1"))
        }
        try await test.close()
    }
}
