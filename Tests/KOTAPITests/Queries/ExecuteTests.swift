import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Requests with a query")
struct ExecuteTests {
    private func execute(_ test: TestKOTAPI, _ query: String) async throws -> Answer {
        try await test.post("/execute", form: ["query": query])
    }

    @Test("Each command does what its route does, and says so in JSON")
    func commands() async throws {
        try await withAPI { test in
            let location = TestKOTAPI.location
            for (query, result) in [
                ("GET d k", "null"), ("GET_ALL d", "{}"), ("DATABASE_LIST", "{}"), ("DELETE d k", "true"),
                ("SET d k v", "true"), ("get d k", #""v""#), ("SET d n 1", "true"), ("GET d n", #""1""#),
                ("GET_ALL d", #"{"k":"v","n":"1"}"#), ("DELETE d n", "true"), ("GET d n", "null"),
                ("DATABASE_LIST", #"{"d":"\#(location)"}"#), ("DATABASE_RENAME d e", "true"),
                ("GET_ALL e", #"{"k":"v"}"#), ("DATABASE_POP e", "true"), ("GET_ALL e", "{}"),
                ("DATABASE_LIST", #"{"e":"\#(location)"}"#), ("SET e 'a b' \"c 'd'\"", "true"),
                ("GET e 'a b'", #""c 'd'""#), ("DATABASE_POP_ALL", "true"), ("GET_ALL e", "{}"),
                ("DATABASE_DELETE e", "true"), ("DATABASE_LIST", "{}"), ("SET f k v", "true"),
                ("DATABASE_DELETE_ALL", "true"), ("DATABASE_LIST", "{}"),
            ] {
                let answer = try await execute(test, query)
                #expect(answer.status == 200)
                #expect(answer.text == result + "\n", "\(query)")
                #expect(answer.field("Content-Type") == "application/json")
            }
        }
    }

    @Test("A value of its own wins over the query's, and keeps its type")
    func value() async throws {
        try await withAPI { test in
            for (body, result) in [
                (#"{"query":"SET d k","value":[1,{"a": null}]}"#, #"[1,{"a":null}]"#),
                (#"{"query":"SET d k old","value":7}"#, "7"), (#"{"query":"SET d k old","value":null}"#, "null"),
                (#"{"query":"SET d k","base64":"AP8="}"#, #"{"base64":"AP8="}"#),
                (#"{"query":"SET d k \"\"","value":"x y"}"#, #""x y""#),
            ] {
                let set = try await test.post("/execute", body)
                #expect(set.text == "true\n", "\(body)")
                #expect(try await test.get("d", "k").text == result + "\n")
            }
            #expect(try await test.post("/execute", form: ["query": "SET d k", "value": "1"]).text == "true\n")
            #expect(try await test.get("d", "k").text == "\"1\"\n")
        }
    }

    @Test("A query seals, opens and compresses as a request does")
    func sealing() async throws {
        try await withAPI { test in
            let long = String(repeating: "v", count: 2000)
            let set = try await execute(test, "SET d k \(long) secret True")
            #expect(set.text == "true\n")
            #expect(try await execute(test, "GET d k secret").text == "\"\(long)\"\n")
            #expect(try #require(try await test.size("d", "k")) < 200)
            for query in ["GET d k", "GET d k wrong", "GET d k None"] {
                let answer = try await execute(test, query)
                #expect(answer.status == 403)
                #expect(answer.text == "wrong encryption key\n")
            }
            #expect(try await execute(test, "GET_ALL d secret").text == "{\"k\":\"\(long)\"}\n")
            #expect(try await execute(test, "GET_ALL d").text == "{}\n")
            #expect(try await execute(test, "SET d plain v None").text == "true\n")
            #expect(try await execute(test, "GET d plain").text == "\"v\"\n")
        }
    }

    @Test(
        "Errors are those of the routes, and change nothing",
        arguments: [
            ("SET d k", 400), ("FETCH d k", 400), ("", 400), ("GET d 'k", 400), ("SET d '' v", 400),
            ("SET '' k v", 400),
            ("DATABASE_DELETE none", 404), ("DATABASE_RENAME none new", 404), ("DATABASE_RENAME a b", 409),
        ])
    func errors(query: String, status: Int) async throws {
        try await withAPI { test in
            for name in ["a", "b"] { try await test.set(name, "k", "1") }
            let answer = try await execute(test, query)
            #expect(answer.status == status)
            #expect(answer.lines.count == 1)
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["a", "b"])
            for name in ["a", "b"] { #expect(try await test.getAll(name).text == "{\"k\":1}\n") }
        }
    }
}
