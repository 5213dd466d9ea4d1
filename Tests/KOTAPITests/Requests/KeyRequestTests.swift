import HTTPServer
import Storage
import StorageTesting
import Testing

@testable import KOTAPI

@Suite("Requests for keys of a database")
struct KeyRequestTests {
    @Test("Each route answers exactly as KOT does")
    func answers() async throws {
        try await withAPI { test in
            let set = try await test.post("/controller/set", form: ["database_name": "d", "key": "a", "value": "1"])
            #expect(set.status == 200)
            #expect(set.text == "Data set successfully")
            #expect(set.field("Content-Type") == "text/plain; charset=utf-8")
            try await test.set("d", "b", "2")
            #expect(try await test.get("d", "a").text == "\"1\"\n")
            #expect(try await test.get("d", "none").text == "null\n")
            #expect(try await test.getAll("d").text == "{\"a\":\"1\",\"b\":2}\n")
            #expect(try await test.text("/controller/get_count", of: "d") == "2\n")

            for _ in 0..<2 {
                let delete = try await test.post("/controller/delete", form: ["database_name": "d", "key": "a"])
                #expect(delete.status == 200)
                #expect(delete.text == "Data deleted successfully")
            }
            #expect(try await test.get("d", "a").text == "null\n")
            #expect(try await test.getAll("d").text == "{\"b\":2}\n")
            #expect(try await test.text("/controller/delete_all", of: "d") == "Data deleted successfully")
            #expect(try await test.getAll("d").text == "{}\n")
            #expect(try await test.get("/database/list").text == "{\"d\":\"\(TestKOTAPI.location)\"}\n")
        }
    }

    @Test("A database that is not there has no keys, and looking does not make it")
    func noDatabase() async throws {
        try await withAPI { test in
            let get = try await test.get("d", "k")
            #expect(get.status == 200)
            #expect(get.text == "null\n")
            #expect(try await test.getAll("d").text == "{}\n")
            #expect(try await test.text("/controller/get_count", of: "d") == "0\n")
            #expect(try await test.text("/controller/size_all", of: "d") == "0\n")
            #expect(try await test.post("/controller/size", #"{"database_name":"d","key":"k"}"#).text == "null\n")
            #expect(
                try await test.post("/controller/delete", #"{"database_name":"d","key":"k"}"#).text
                    == "Data deleted successfully")
            #expect(try await test.get("/database/list").text == "{}\n")
        }
    }

    @Test("A key is any text, and keys are in the order of their bytes")
    func keys() async throws {
        try await withAPI { test in
            let keys = [" ", "../x", "/", "A", "None", "a\tb", "a\u{0}b", "ключ", "ü", "😀"]
            for key in keys.reversed() {
                let set = try await test.post(
                    "/controller/set", form: ["database_name": "d", "key": key, "value": key])
                #expect(set.status == 200, "\(key)")
            }
            for key in keys {
                let get = try await test.post("/controller/get", form: ["database_name": "d", "key": key])
                #expect(get.status == 200)
                #expect(get.text != "null\n", "\(key)")
            }
            let all = try await test.getAll("d")
            #expect(try all.strings() == Dictionary(uniqueKeysWithValues: keys.map { ($0, $0) }))
            let positions = ["\" \":", "\"A\":", "\"None\":", "\"ü\":", "\"ключ\":", "\"😀\":"].map {
                all.text.range(of: $0)
            }
            let starts = try positions.map { try #require($0).lowerBound }
            #expect(starts == starts.sorted())
        }
    }

    @Test(
        "Names and keys are never empty",
        arguments: [
            ("/controller/set", #""value":1"#), ("/controller/get", ""), ("/controller/delete", ""),
            ("/controller/size", ""),
        ])
    func empty(path: String, more: String) async throws {
        try await withAPI { test in
            for names in [#""database_name":"","key":"k""#, #""database_name":"d","key":"""#] {
                let answer = try await test.post(path, "{\(names)\(more.isEmpty ? "" : ",")\(more)}")
                #expect(answer.status == 400, "\(path) \(names)")
                #expect(answer.text.contains("empty"))
            }
            #expect(try await test.get("/database/list").text == "{}\n")
        }
    }

    @Test("A file comes back as its bytes to who asks for them, and in base64 to all others")
    func files() async throws {
        try await withAPI { test in
            try await test.post("/controller/set", #"{"database_name":"d","key":"f","base64":"AP8K"}"#)
            try await test.set("d", "v", "[1]")
            let get = { (key: String, accept: String) in
                try await test.post("/controller/get", #"{"database_name":"d","key":"\#(key)"}"#, [("Accept", accept)])
            }
            let raw = try await get("f", "application/octet-stream")
            #expect(raw.bytes == [0, 255, 10])
            #expect(raw.field("Content-Type") == "application/octet-stream")
            #expect(raw.field("X-Content-Type-Options") == "nosniff")
            let text = try await get("f", "*/*")
            #expect(text.text == "{\"base64\":\"AP8K\"}\n")
            #expect(text.field("Content-Type") == "application/json")
            let value = try await get("v", "application/octet-stream")
            #expect(value.text == "[1]\n")
            #expect(value.field("Content-Type") == "application/json")
            let none = try await get("none", "application/octet-stream")
            #expect(none.text == "null\n")
            #expect(none.field("Content-Type") == "application/json")
        }
    }

    @Test("A size is what the store keeps, and compression never makes it larger")
    func sizes() async throws {
        try await withAPI { test in
            var sum = 0
            for length in [0, 1, 2, 10, 16, 17, 30, 64, 100, 1000, 5000] {
                let noise = String((0..<length).map { _ in Character(Unicode.Scalar(UInt8.random(in: 97...122))) })
                let repeated = String(repeating: "ab", count: length / 2)
                for (name, value) in [("noise", noise), ("repeated", repeated)] {
                    try await test.set("plain", "\(name)\(length)", "\"\(value)\"")
                    try await test.set("compressed", "\(name)\(length)", "\"\(value)\"", compress: true)
                    let plain = try #require(try await test.size("plain", "\(name)\(length)"))
                    let compressed = try #require(try await test.size("compressed", "\(name)\(length)"))
                    #expect(plain >= value.utf8.count)
                    #expect(compressed <= plain, "\(name) \(length)")
                    sum += plain + "\(name)\(length)".utf8.count
                    #expect(try await test.get("compressed", "\(name)\(length)").text == "\"\(value)\"\n")
                }
            }
            #expect(try await test.text("/controller/size_all", of: "plain") == "\(sum)\n")
            let repeated = try #require(try await test.size("compressed", "repeated5000"))
            #expect(repeated < 200)
        }
    }

    @Test("Names, keys and values past their limits are refused in KOT's words, and those at them are not")
    func limits() async throws {
        try await withLimits({ options in
            options.limits.keySize = 4
            options.limits.valueSize = 5
            options.limits.databaseNameSize = 3
        }) { test in
            #expect(try await test.set("ddd", "kkkk", #""vvvvv""#).status == 200)
            #expect(try await test.set("dü", "üü", "12345").status == 200)
            for (database, key, value, words) in [
                (
                    "dddd", "k", "1",
                    "Database name lenght is restricted.\nYou do not have the true database name lenght\n"
                ),
                ("d", "kkkkk", "1", "Key lenght is restricted.\nYou do not have the true key lenght\n"),
                ("d", "üüü", "1", "Key lenght is restricted.\nYou do not have the true key lenght\n"),
                ("d", "k", #""vvvvvv""#, "Value lenght is restricted.\nYou do not have the true value lenght\n"),
                ("d", "k", "[1,2,3]", "Value lenght is restricted.\nYou do not have the true value lenght\n"),
            ] {
                let answer = try await test.set(database, key, value)
                #expect(answer.status == 403)
                #expect(answer.text.hasPrefix(words), "\(answer.text)")
            }
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["ddd", "dü"])
            // As in KOT, no request may name what could not be.
            #expect(try await test.get("dddd", "k").status == 403)
            #expect(try await test.get("d", "kkkkk").status == 403)
        }
    }

    @Test("What memory can't answer is read elsewhere and answered alike")
    func blockingReads() async throws {
        try await withAPI { test in
            try await test.set("d", "k", "1")
            try await test.set("d", "s", "2", encryptionKey: "x")
            test.engine.readsBlock = true
            #expect(try await test.get("d", "k").text == "1\n")
            #expect(try await test.get("d", "s", encryptionKey: "x").text == "2\n")
            #expect(try await test.get("d", "none").text == "null\n")
            #expect(try await test.get("none", "k").text == "null\n")
            #expect(try await test.getAll("d", encryptionKey: "x").text == "{\"k\":1,\"s\":2}\n")
            #expect(try await test.set("d", "k", "3").status == 200)
        }
    }

    @Test("Writes that the store can't take are 503, and say whether anything changed")
    func failures() async throws {
        try await withAPI { test in
            try await test.set("d", "k", "1")
            test.engine.failNextWrite(with: StorageError(.outOfSpace, "full"))
            let full = try await test.set("d", "k", "2")
            #expect(full.status == 503)
            #expect(full.field("Retry-After") != nil)
            #expect(full.text.contains("nothing was changed"))
            #expect(try await test.get("d", "k").text == "1\n")
            #expect(try await test.set("d", "k", "2").status == 200)
            test.engine.failNextWrite(with: StorageError(.failed, "fsync"))
            #expect(try await test.set("d", "k", "3").text.contains("unknown"))
            #expect(try await test.set("d", "k", "4").text.contains("nothing was changed"))
            #expect(try await test.get("d", "k").status == 200)
        }
    }
}
