import HTTPServer
import KeyValueStore
import Storage
import Testing

@testable import KOTAPI

@Suite("Sealed values")
struct SealingTests {
    private static let secret = "nobody may read this"

    @Test("A value that was sealed is given to who has its key, and to no other")
    func keys() async throws {
        try await withAPI { test in
            #expect(
                try await test.set("d", "k", "\"\(Self.secret)\"", encryptionKey: "x").text == "Data set successfully")
            #expect(try await test.get("d", "k", encryptionKey: "x").text == "\"\(Self.secret)\"\n")
            for key in ["y", "X", "x ", "", "None", nil] {
                let answer = try await test.get("d", "k", encryptionKey: key)
                #expect(answer.status == 403, "\(key ?? "none")")
                #expect(answer.text == "wrong encryption key\n")
            }
            // Its key is not needed to know that it is there, nor to delete it.
            #expect(try await test.text("/controller/get_count", of: "d") == "1\n")
            #expect(try await test.post("/controller/delete", #"{"database_name":"d","key":"k"}"#).status == 200)
            #expect(try await test.get("d", "k").text == "null\n")
        }
    }

    @Test(
        "None and an empty text are no key, and neither is needed for a value that is not sealed",
        arguments: ["None", ""])
    func noKey(key: String) async throws {
        try await withAPI { test in
            try await test.set("d", "k", "1", encryptionKey: key)
            #expect(try await test.get("d", "k").text == "1\n")
            #expect(try await test.get("d", "k", encryptionKey: key).text == "1\n")
            #expect(try await test.get("d", "k", encryptionKey: "any").text == "1\n")
            #expect(try await test.getAll("d", encryptionKey: "any").text == "{\"k\":1}\n")
        }
    }

    @Test("A key is any text, also one that JSON has as a number")
    func anyKey() async throws {
        try await withAPI { test in
            for key in ["ключ 🔑", "none", "0", String(repeating: "k", count: 5000)] {
                #expect(try await test.set("d", "k", "1", encryptionKey: key).status == 200)
                #expect(try await test.get("d", "k", encryptionKey: key).text == "1\n")
                #expect(try await test.get("d", "k").status == 403)
            }
            try await test.set("d", "k", "1", encryptionKey: "123")
            #expect(
                try await test.post("/controller/get", #"{"database_name":"d","key":"k","encryption_key":123}"#).text
                    == "1\n")
        }
    }

    @Test("Values of all kinds come back from under a seal, compressed or not", arguments: [false, true])
    func values(compress: Bool) async throws {
        try await withAPI { test in
            let long = "\"" + String(repeating: "abc", count: 50_000) + "\""
            for value in ["null", "\"\"", "[1,{\"a\":2}]", long] {
                try await test.set("d", "k", value, encryptionKey: "x", compress: compress)
                #expect(try await test.get("d", "k", encryptionKey: "x").text == value + "\n")
                #expect(try await test.getAll("d", encryptionKey: "x").text == "{\"k\":\(value)}\n")
            }
            let size = try #require(try await test.size("d", "k"))
            #expect((size < 1000) == compress)
            try await test.post(
                "/controller/set",
                #"{"database_name":"d","key":"k","base64":"AP8=","encryption_key":"x","compress":\#(compress)}"#)
            #expect(try await test.get("d", "k", encryptionKey: "x").text == "{\"base64\":\"AP8=\"}\n")
        }
    }

    @Test("Each key may be sealed under its own, and what another opens is left out of all")
    func mixed() async throws {
        try await withAPI { test in
            try await test.set("d", "a", "1", encryptionKey: "x")
            try await test.set("d", "b", "2", encryptionKey: "y")
            try await test.set("d", "c", "3")
            #expect(try await test.getAll("d", encryptionKey: "x").text == "{\"a\":1,\"c\":3}\n")
            #expect(try await test.getAll("d", encryptionKey: "y").text == "{\"b\":2,\"c\":3}\n")
            #expect(try await test.getAll("d", encryptionKey: "z").text == "{\"c\":3}\n")
            #expect(try await test.getAll("d").text == "{\"c\":3}\n")
            // What is set anew has the seal of that request.
            try await test.set("d", "a", "4")
            #expect(try await test.get("d", "a").text == "4\n")
        }
    }

    @Test("Neither value nor key is in the store, and equal values do not look alike")
    func storedBytes() async throws {
        try await withAPI { test in
            for key in ["a", "b"] {
                try await test.set("d", key, "\"\(Self.secret)\"", encryptionKey: "passphrase-of-mine")
            }
            let (a, b) = (try await stored(test, "d", "a"), try await stored(test, "d", "b"))
            #expect(a.count == b.count)
            #expect(a != b)
            var isFound = false
            try test.engine.scan(.all, reverse: false, fillingCache: false) { _, value in
                let text = String(decoding: value, as: UTF8.self)
                if text.contains(Self.secret) || text.contains("passphrase-of-mine") { isFound = true }
                return .next
            }
            #expect(!isFound)
        }
    }

    @Test("A sealed value that is moved does not open under another key, nor in another database")
    func moved() async throws {
        try await withAPI { test in
            try await test.set("d", "k", "1", encryptionKey: "x")
            for database in ["other", "unsealed"] { try await test.set(database, "k", "2") }
            try await test.set("other", "s", "2", encryptionKey: "x")
            let bytes = try await stored(test, "d", "k")
            for (database, key) in [("d", "l"), ("other", "k"), ("unsealed", "k")] {
                try await overwrite(test, database, key, bytes)
                let answer = try await test.get(database, key, encryptionKey: "x")
                #expect(answer.status == 403, "\(database) \(key)")
                #expect(answer.text == "wrong encryption key\n")
                #expect(!(try await test.getAll(database, encryptionKey: "x").text.contains("\"\(key)\":1")))
            }
            // Where it belongs it opens, so that it was not the copying that broke it.
            try await overwrite(test, "d", "k", bytes)
            #expect(try await test.get("d", "k", encryptionKey: "x").text == "1\n")
        }
    }

    @Test("A sealed value of which any byte was changed is never taken for another value")
    func damaged() async throws {
        try await withAPI { test in
            try await test.set("d", "k", "12345", encryptionKey: "x", compress: true)
            let bytes = try await stored(test, "d", "k")
            for index in bytes.indices {
                for mask: UInt8 in [1, 0x80] {
                    var changed = bytes
                    changed[index] ^= mask
                    try await overwrite(test, "d", "k", changed)
                    let answer = try await test.get("d", "k", encryptionKey: "x")
                    #expect(
                        answer.status == 403 || answer.status == 500, "byte \(index): \(answer.status) \(answer.text)")
                }
            }
            for length in 0..<bytes.count {
                try await overwrite(test, "d", "k", Array(bytes.prefix(length)))
                #expect(try await test.get("d", "k", encryptionKey: "x").status != 200, "\(length) bytes")
            }
        }
    }

    @Test("A database that was emptied or deleted is sealed anew", arguments: ["/database/pop", "/database/delete"])
    func sealedAnew(path: String) async throws {
        try await withAPI { test in
            try await test.set("d", "k", "1", encryptionKey: "x")
            let old = try await stored(test, "d", "k")
            _ = try await test.text(path, of: "d")
            try await test.set("d", "k", "2", encryptionKey: "x")
            #expect(try await test.get("d", "k", encryptionKey: "x").text == "2\n")
            try await overwrite(test, "d", "k", old)
            #expect(try await test.get("d", "k", encryptionKey: "x").status == 403)
        }
    }

    @Test("Who seals while the database is emptied is never left with what can't be opened")
    func concurrentPops() async throws {
        try await withAPI { test in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        guard number % 4 != 0 else {
                            return try await test.post("/database/pop", #"{"database_name":"d"}"#).status
                        }
                        return try await test.set("d", "k\(number)", "\(number)", encryptionKey: "x").status
                    }
                }
                for try await status in group { #expect([200, 503].contains(status)) }
            }
            let count = try await test.text("/controller/get_count", of: "d")
            let lines = try await test.post(
                "/controller/get_all", #"{"database_name":"d","encryption_key":"x"}"#, [("Accept", "application/jsonl")]
            )
            #expect("\(lines.lines.count - 1)\n" == count)
        }
    }

    // MARK: The store's own records

    private func stored(_ test: TestKOTAPI, _ database: String, _ key: String) async throws -> [UInt8] {
        let namespace = try #require(try test.store.namespace(.database, Array(database.utf8)))
        return try #require(try test.store.record(namespace, Array(key.utf8)) { Array($0.value) })
    }

    private func overwrite(_ test: TestKOTAPI, _ database: String, _ key: String, _ bytes: [UInt8]) async throws {
        try await test.write { (transaction) throws(StoreError) in
            let namespace = try transaction.namespace(.database, Array(database.utf8))
            transaction.set(
                Record(value: bytes, type: .bytes, revision: transaction.revision), namespace, Array(key.utf8))
        }
    }
}
