import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Parameters of a request")
struct ParameterTests {
    private static let form = ("Content-Type", "application/x-www-form-urlencoded")

    @Test(
        "A form, JSON, the query string and a form of parts say the same",
        arguments: [
            ("/controller/set", "database_name=d&key=a+k&value=v%26w", "application/x-www-form-urlencoded"),
            ("/controller/set", "database_name=d&key=a%20k&value=v%26w", ""),
            ("/controller/set", #"{"database_name":"d","key":"a k","value":"v&w"}"#, "application/json"),
            (
                "/controller/set", #" {"database_name":"d","key":"a k","value":"v&w"}"#,
                "application/x-www-form-urlencoded"
            ),
            ("/controller/set?database_name=d&key=a%20k&value=v%26w", "", ""),
            ("/controller/set?database_name=d", "key=a+k&value=v%26w", "application/x-www-form-urlencoded"),
            ("/controller/set?key=a+k", #"{"database_name":"d","value":"v&w"}"#, "application/json; charset=utf-8"),
            (
                "/controller/set",
                "--X\r\nContent-Disposition: form-data; name=\"database_name\"\r\n\r\nd\r\n"
                    + "--X\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na k\r\n"
                    + "--X\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv&w\r\n--X--\r\n",
                "multipart/form-data; boundary=X"
            ),
        ])
    func forms(target: String, body: String, type: String) async throws {
        try await withAPI { test in
            let headers = type.isEmpty ? [] : [("Content-Type", type)]
            let set = try await test.send(.post, target, Array(body.utf8), [Authorization.password] + headers)
            #expect(set.status == 200)
            #expect(set.text == "Data set successfully")
            #expect(try await test.get("d", "a k").text == "\"v&w\"\n")
        }
    }

    @Test(
        "A required parameter that is missing is named",
        arguments: [
            ("/controller/set", ["database_name", "key", "value"]), ("/controller/get", ["database_name", "key"]),
            ("/controller/get_all", ["database_name"]), ("/controller/delete", ["database_name", "key"]),
            ("/controller/delete_all", ["database_name"]), ("/controller/get_count", ["database_name"]),
            ("/controller/size", ["database_name", "key"]), ("/controller/size_all", ["database_name"]),
            ("/controller/bulk_set", ["database_name", "kv_pairs"]),
            ("/controller/bulk_get", ["database_name", "keys"]),
            ("/controller/bulk_delete", ["database_name", "keys"]),
            ("/controller/transaction", ["database_name", "operations"]), ("/controller/debug", ["message"]),
            ("/controller/info", ["message"]), ("/controller/warning", ["message"]),
            ("/controller/error", ["message"]), ("/controller/exception", ["message"]), ("/execute", ["query"]),
            ("/database/pop", ["database_name"]), ("/database/rename", ["database_name", "new_database_name"]),
            ("/database/delete", ["database_name"]), ("/database/backup", ["database_name"]),
            ("/database/restore", ["database_name", "records"]),
        ])
    func missing(path: String, names: [String]) async throws {
        let lists = ["kv_pairs", "keys", "operations", "records"]
        try await withAPI { test in
            for missing in names {
                let others = names.filter { $0 != missing }
                    .map { #""\#($0)":\#(lists.contains($0) ? "[]" : "\"x\"")"# }
                for body in [others, others + [#""\#(missing)":null"#]] where missing != "value" || body == others {
                    let answer = try await test.post(path, "{\(body.joined(separator: ","))}")
                    #expect(answer.status == 400, "\(path) \(body)")
                    #expect(answer.lines.count == 1)
                    // A list that is null is one of the wrong kind.
                    if body == others || !lists.contains(missing) {
                        #expect(answer.text.contains("\(missing) is missing"), "\(answer.text)")
                    }
                }
            }
        }
    }

    @Test("One that means nothing may be given twice")
    func nothingTwice() async throws {
        try await withAPI { test in
            let answer = try await test.send(
                .post, "/controller/get?_cb=1&_cb=2", Array("database_name=d&key=a".utf8),
                [Authorization.password, Self.form])
            #expect(answer.status == 200)
        }
    }

    @Test(
        "A parameter that is given twice is refused, wherever it stands",
        arguments: [
            ("/controller/get", "database_name=d&key=a&key=b", "application/x-www-form-urlencoded"),
            ("/controller/get?key=a", "database_name=d&key=a", "application/x-www-form-urlencoded"),
            ("/controller/get?key=a", #"{"database_name":"d","key":"b"}"#, "application/json"),
            ("/controller/get", #"{"database_name":"d","key":"a","key":"b"}"#, "application/json"),
        ])
    func twice(target: String, body: String, type: String) async throws {
        try await withAPI { test in
            let answer = try await test.send(
                .post, target, Array(body.utf8), [Authorization.password, ("Content-Type", type)])
            #expect(answer.status == 400)
            #expect(answer.text.contains("key"))
            #expect(answer.text.contains("twice"))
        }
    }

    @Test(
        "A body that is none of these is refused with one line",
        arguments: [
            ("{", "application/json"), (#"{"database_name":"d""#, "application/json"), ("[]", "application/json"),
            (#""d""#, "application/json"), (#"{"database_name":"d"}x"#, "application/json"),
            ("nonsense", "application/json"),
            ("<a/>", "text/xml"), ("database_name=%zz", "application/x-www-form-urlencoded"),
            ("database_name=%FF", "application/x-www-form-urlencoded"), ("x", "multipart/form-data"),
            ("x", "multipart/form-data; boundary=X"),
            (#"{"database_name":["d"]}"#, "application/json"), (#"{"database_name":{}}"#, "application/json"),
        ])
    func malformed(body: String, type: String) async throws {
        try await withAPI { test in
            let answer = try await test.send(
                .post, "/controller/get_all", Array(body.utf8), [Authorization.password, ("Content-Type", type)])
            #expect(answer.status == 400)
            #expect(answer.lines.count == 1)
        }
    }

    @Test("An error is JSON for who asks for that")
    func jsonErrors() async throws {
        try await withAPI { test in
            let answer = try await test.post("/controller/get", "{}", [("Accept", "application/json")])
            #expect(answer.status == 400)
            #expect(answer.field("Content-Type") == "application/json")
            #expect(try answer.strings().keys.sorted() == ["error"])
        }
    }

    @Test(
        "A value of JSON keeps its type and its digits, without the white space between its parts",
        arguments: [
            ("1", "1"), ("-0.10", "-0.10"), ("1e400", "1e400"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("true", "true"), ("false", "false"), ("null", "null"), (#""""#, #""""#), (#""1""#, #""1""#),
            (#""ü \u00fc \" \\ \n 😀""#, #""ü \u00fc \" \\ \n 😀""#), ("[ ]", "[]"), ("{ }", "{}"),
            ("[ 1 ,\n\t{ \"a b\" : [ true , null , \"c  \\\" d\" ] } ]", #"[1,{"a b":[true,null,"c  \" d"]}]"#),
        ])
    func jsonValues(value: String, kept: String) async throws {
        try await withAPI { test in
            #expect(try await test.set("d", "k", value).text == "Data set successfully")
            let answer = try await test.get("d", "k")
            #expect(answer.text == kept + "\n")
            #expect(answer.field("Content-Type") == "application/json")
            #expect(try await test.getAll("d").text == "{\"k\":\(kept)}\n")
        }
    }

    @Test(
        "A value of a form is a string, whatever it looks like",
        arguments: [
            ("1", #""1""#), ("true", #""true""#), ("null", #""null""#), ("", #""""#), (#"{"a":1}"#, #""{\"a\":1}""#),
            ("a\nb", #""a\nb""#), ("ü", #""ü""#),
        ])
    func formValues(value: String, kept: String) async throws {
        try await withAPI { test in
            let set = try await test.post("/controller/set", form: ["database_name": "d", "key": "k", "value": value])
            #expect(set.text == "Data set successfully")
            #expect(try await test.get("d", "k").text == kept + "\n")
        }
    }

    @Test("Bytes that are no text are refused as a value, and taken in base64 or as a form's file")
    func bytes() async throws {
        try await withAPI { test in
            let refused = try await test.send(
                .post, "/controller/set", Array("database_name=d&key=k&value=%FF%00".utf8),
                [Authorization.password, Self.form])
            #expect(refused.status == 400)
            #expect(refused.text.contains("base64"))
            let base64 = try await test.post(
                "/controller/set", form: ["database_name": "d", "key": "a", "base64": "/wA="])
            #expect(base64.status == 200)
            let parts =
                Array("--X\r\nContent-Disposition: form-data; name=\"value\"; filename=\"f\"\r\n\r\n".utf8) + [0xFF, 0]
                + Array("\r\n--X--\r\n".utf8)
            let file = try await test.send(
                .post, "/controller/set?database_name=d&key=b", parts,
                [Authorization.password, ("Content-Type", "multipart/form-data; boundary=X")])
            #expect(file.status == 200)
            #expect(try await test.getAll("d").text == #"{"a":{"base64":"/wA="},"b":{"base64":"/wA="}}"# + "\n")

            for body in [#""base64":"/wA""#, #""base64":"*""#, #""base64":"","value":1"#] {
                #expect(
                    try await test.post("/controller/set", #"{"database_name":"d","key":"c",\#(body)}"#).status == 400)
            }
            #expect(try await test.get("d", "c").text == "null\n")
        }
    }

    @Test("Yes and no are understood as KOT's users write them")
    func compress() async throws {
        try await withAPI { test in
            let value = String(repeating: "a", count: 1000)
            func size(_ field: String) async throws -> Int? {
                let set = try await test.post(
                    "/controller/set", #"{"database_name":"d","key":"k","value":"\#(value)",\#(field)}"#)
                return set.status == 200 ? try await test.size("d", "k") : nil
            }
            for text in ["true", "1", #""true""#, #""True""#, #""TRUE""#, #""1""#, #""yes""#, #""YES""#] {
                let compressed = try #require(try await size(#""compress":\#(text)"#), "\(text)")
                #expect(compressed < 100, "\(text)")
            }
            for text in [
                "false", "0", "null", #""false""#, #""False""#, #""0""#, #""no""#, #""None""#, #""none""#, #""""#,
            ] {
                let plain = try #require(try await size(#""compress":\#(text)"#), "\(text)")
                #expect(plain >= 1000, "\(text)")
            }
            for text in [#""maybe""#, "2", #"" true""#, "[true]"] {
                #expect(try await size(#""compress":\#(text)"#) == nil, "\(text)")
            }
        }
    }

    @Test("cache_policy is a number of seconds, and changes nothing")
    func cachePolicy() async throws {
        try await withAPI { test in
            for policy in ["0", "30", "1.5", "None", ""] {
                let set = try await test.post(
                    "/controller/set",
                    form: ["database_name": "d", "key": "k", "value": policy, "cache_policy": policy])
                #expect(set.status == 200, "\(policy)")
                #expect(try await test.get("d", "k").text == "\"\(policy)\"\n")
            }
            for policy in ["-1", "soon", "nan"] {
                let set = try await test.post(
                    "/controller/set", form: ["database_name": "d", "key": "k", "value": "v", "cache_policy": policy])
                #expect(set.status == 400, "\(policy)")
                #expect(set.text.contains("cache_policy"))
            }
        }
    }
}
