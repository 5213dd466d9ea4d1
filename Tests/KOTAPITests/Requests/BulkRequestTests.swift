import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Requests for many keys")
struct BulkRequestTests {
    private static let jsonLines = [("Accept", "application/jsonl")]

    @Test(
        "Pairs are set from a list or an object, of JSON or as a form's text, each with its type",
        arguments: [
            (#"[["a",1],["b",[true,null]],["c","x"]]"#), (#"{"a":1,"b":[true, null],"c":"x"}"#),
        ])
    func set(pairs: String) async throws {
        try await withAPI { test in
            let set = try await test.post("/controller/bulk_set", #"{"database_name":"d","kv_pairs":\#(pairs)}"#)
            #expect(set.text == "Data set successfully")
            #expect(try await test.getAll("d").text == "{\"a\":1,\"b\":[true,null],\"c\":\"x\"}\n")
            let form = try await test.post("/controller/bulk_set", form: ["database_name": "e", "kv_pairs": pairs])
            #expect(form.text == "Data set successfully")
            #expect(try await test.getAll("e").text == "{\"a\":1,\"b\":[true,null],\"c\":\"x\"}\n")
        }
    }

    @Test(
        "Of pairs with a key that can't be, none is set, and what is malformed is said in one line",
        arguments: [
            #"[["a",1],["",2]]"#, #"[["a",1],["b"]]"#, #"[["a",1],["b",2,3]]"#, #"[["a",1],[2,3]]"#, #"[["a",1],"b"]"#,
            #"{"a":1,"":2}"#, "1", #""a""#, #"[["a",1]"#,
        ])
    func allOrNone(pairs: String) async throws {
        try await withAPI { test in
            let set = try await test.post("/controller/bulk_set", form: ["database_name": "d", "kv_pairs": pairs])
            #expect(set.status == 400)
            #expect(set.lines.count == 1)
            #expect(try await test.getAll("d").text == "{}\n")
        }
    }

    @Test("Of a key that comes twice the last value stays")
    func twice() async throws {
        try await withAPI { test in
            try await test.post("/controller/bulk_set", #"{"database_name":"d","kv_pairs":[["a",1],["b",2],["a",3]]}"#)
            #expect(try await test.getAll("d").text == "{\"a\":3,\"b\":2}\n")
            #expect(try await test.text("/controller/get_count", of: "d") == "2\n")
        }
    }

    @Test("Those keys are got that there are, in the order that they were asked for")
    func get() async throws {
        try await withAPI { test in
            try await test.post("/controller/bulk_set", #"{"database_name":"d","kv_pairs":{"a":1,"b":"x","c":null}}"#)
            try await test.post("/controller/set", #"{"database_name":"d","key":"f","base64":"AP8="}"#)
            let request = #"{"database_name":"d","keys":["c","none","f","a"]}"#
            let object = try await test.post("/controller/bulk_get", request)
            #expect(object.text == #"{"c":null,"f":{"base64":"AP8="},"a":1}"# + "\n")
            let lines = try await test.post("/controller/bulk_get", request, Self.jsonLines)
            #expect(lines.field("Content-Type") == "application/jsonl")
            #expect(
                lines.text == """
                    {"key":"c","value":null}
                    {"key":"f","base64":"AP8="}
                    {"key":"a","value":1}
                    {"end":true}

                    """)
            #expect(
                try await test.post("/controller/bulk_get", #"{"database_name":"none","keys":["a"]}"#).text == "{}\n")
            #expect(try await test.post("/controller/bulk_get", #"{"database_name":"d","keys":[]}"#).text == "{}\n")
            for keys in ["[1]", "{}", #""a""#, #"["a",["b"]]"#, #"["a",""]"#] {
                let answer = try await test.post("/controller/bulk_get", #"{"database_name":"d","keys":\#(keys)}"#)
                #expect(answer.status == 400, "\(keys)")
            }
        }
    }

    @Test("Sealed values are got with their key alone, all or none")
    func sealed() async throws {
        try await withAPI { test in
            try await test.set("d", "plain", "1")
            let set = try await test.post(
                "/controller/bulk_set",
                #"{"database_name":"d","kv_pairs":{"a":1,"b":2},"encryption_key":"x","compress":"yes"}"#)
            #expect(set.status == 200)
            let right = try await test.post(
                "/controller/bulk_get", #"{"database_name":"d","keys":["b","plain","a"],"encryption_key":"x"}"#)
            #expect(right.text == "{\"b\":2,\"plain\":1,\"a\":1}\n")
            for key in [#","encryption_key":"y""#, "", #","encryption_key":"None""#] {
                let wrong = try await test.post(
                    "/controller/bulk_get", #"{"database_name":"d","keys":["plain","a"]\#(key)}"#)
                #expect(wrong.status == 403)
                #expect(wrong.text == "wrong encryption key\n")
            }
        }
    }

    @Test("Many keys are deleted at once, whether or not they are there")
    func delete() async throws {
        try await withAPI { test in
            try await test.post("/controller/bulk_set", #"{"database_name":"d","kv_pairs":{"a":1,"b":2,"c":3}}"#)
            let delete = try await test.post(
                "/controller/bulk_delete", #"{"database_name":"d","keys":["a","none","c","a"]}"#)
            #expect(delete.text == "Data deleted successfully")
            #expect(try await test.getAll("d").text == "{\"b\":2}\n")
            #expect(
                try await test.post("/controller/bulk_delete", #"{"database_name":"none","keys":["a"]}"#).status == 200)
            #expect(
                try await test.post("/controller/bulk_delete", #"{"database_name":"d","keys":["b",""]}"#).status == 400)
            #expect(try await test.getAll("d").text == "{\"b\":2}\n")
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["d"])
        }
    }

    @Test("More than ten thousand operations are refused")
    func count() async throws {
        try await withAPI { test in
            func keys(_ count: Int) -> String { (0..<count).map { "\"k\($0)\"" }.joined(separator: ",") }
            let most = try await test.post(
                "/controller/bulk_delete", #"{"database_name":"d","keys":[\#(keys(10_000))]}"#)
            #expect(most.status == 200)
            let more = try await test.post(
                "/controller/bulk_delete", #"{"database_name":"d","keys":[\#(keys(10_001))]}"#)
            #expect(more.status == 400)
            #expect(more.text.contains("10000"))
        }
    }

    @Test("What values take together in one answer is bounded, but one value alone is always had")
    func size() async throws {
        try await withAPI { test in
            let value = String(repeating: "v", count: 3 << 20)
            for key in ["a", "b"] { #expect(try await test.set("d", key, "\"\(value)\"").status == 200) }
            let one = try await test.post("/controller/bulk_get", #"{"database_name":"d","keys":["a"]}"#)
            #expect(one.bytes.count == value.utf8.count + #"{"a":""}"#.utf8.count + 1)
            let both = try await test.post("/controller/bulk_get", #"{"database_name":"d","keys":["a","b"]}"#)
            #expect(both.status == 400)
            #expect(both.text.contains("fewer"))
        }
    }
}
