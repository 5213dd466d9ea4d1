import HTTPAPI
import HTTPServer
import Testing

@testable import KOTAPI

@Suite("How many databases and keys there may be")
struct LimitTests {
    private static let noMoreKeys = "You cant create more keys.\nYou do not have right to create more key\n"
    private static let noMoreKeysOfClient =
        "You cant create more key (USER).\nYou do not have right to create more key (USER)\n"
    private static let noMoreDatabases = """
        You cant create more database (SYSTEM).
        You do not have right to create more database (SYSTEM)

        """
    private static let noMoreDatabasesOfClient = """
        You cant create more database (USER).
        You do not have right to create more database (USER)

        """

    private func count(_ test: TestKOTAPI, _ database: String) async throws -> Int? {
        Int(try await test.text("/controller/get_count", of: database).dropLast())
    }

    @Test("Past the number of keys no other is made, in any database; those that are there can be set")
    func keys() async throws {
        try await withLimits({ $0.limits.keys = 2 }) { test in
            try await test.set("a", "k", "1")
            try await test.set("b", "k", "1")
            for database in ["a", "b", "c"] {
                let refused = try await test.set(database, "other", "1")
                #expect(refused.status == 403)
                #expect(refused.text == Self.noMoreKeys)
            }
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["a", "b"])
            #expect(try await test.set("a", "k", "2").status == 200)
            #expect(
                try await test.post("/controller/bulk_set", #"{"database_name":"a","kv_pairs":{"k":3,"l":4}}"#).status
                    == 403)
            #expect(try await test.get("a", "k").text == "2\n")
            #expect(try await test.post("/execute", #"{"query":"SET a l 1"}"#).text == Self.noMoreKeys)
            #expect(try await test.post("/controller/info", #"{"message":"m"}"#).text == Self.noMoreKeys)
            #expect(
                try await test.post("/database/restore", #"{"database_name":"a","records":[{"key":"l","value":1}]}"#)
                    .text
                    == Self.noMoreKeys)
        }
    }

    @Test(
        "Room comes back by each way that keys go",
        arguments: [
            ("/controller/delete", #"{"database_name":"d","key":"k0"}"#, 1),
            ("/controller/bulk_delete", #"{"database_name":"d","keys":["k0","k0","none","k1"]}"#, 2),
            (
                "/controller/transaction",
                #"{"database_name":"d","operations":[["DELETE","k0"],["SET","k0",1],["DELETE","k1"]]}"#, 1
            ),
            ("/controller/delete_all", #"{"database_name":"d"}"#, 3), ("/database/pop", #"{"database_name":"d"}"#, 3),
            ("/database/pop_all", "{}", 3), ("/database/delete", #"{"database_name":"d"}"#, 3),
            ("/database/delete_all", "{}", 3), ("/execute", #"{"query":"DELETE d k0"}"#, 1),
        ])
    func room(path: String, body: String, room: Int) async throws {
        try await withLimits({ $0.limits.keys = 3 }) { test in
            for number in 0..<3 { try await test.set("d", "k\(number)", "1") }
            try #require(try await test.post(path, body).status == 200)
            let statuses = try await setNew(test, 5)
            #expect(statuses == Array(repeating: 200, count: room) + Array(repeating: 403, count: 5 - room))
        }
    }

    private func setNew(_ test: TestKOTAPI, _ count: Int) async throws -> [Int] {
        var statuses: [Int] = []
        for number in 0..<count { statuses.append(try await test.set("e", "new\(number)", "1").status) }
        return statuses
    }

    @Test("What failed takes no room")
    func failures() async throws {
        try await withLimits({ options in
            options.limits.keys = 3
            options.limits.databases = 2
        }) { test in
            try await test.set("d", "s", "1", encryptionKey: "x")
            for _ in 0..<3 {
                let operations = #"[["SET","a",1],["SET","b",1],["GET","s"]]"#
                #expect(
                    try await test.post(
                        "/controller/transaction", #"{"database_name":"d","operations":\#(operations)}"#
                    ).status
                        == 403)
                #expect(
                    try await test.post(
                        "/controller/bulk_set", #"{"database_name":"e","kv_pairs":{"a":1,"b":1,"c":1}}"#
                    ).text
                        == Self.noMoreKeys)
            }
            #expect(try await setNew(test, 3) == [200, 200, 403])
        }
    }

    @Test("Sixteen that make keys at once make exactly as many as there may be")
    func concurrency() async throws {
        try await withLimits({ $0.limits.keys = 10 }) { test in
            let made = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        var made = 0
                        for number in 0..<5 {
                            let answer = try await test.set("d\(task % 3)", "\(task)-\(number)", "1")
                            if answer.status == 200 { made += 1 } else { #expect(answer.text == Self.noMoreKeys) }
                        }
                        return made
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(made == 10)
            var counts = 0
            for database in 0..<3 { counts += try #require(try await count(test, "d\(database)")) }
            #expect(counts == 10)
        }
    }

    @Test("Past the number of databases no other is made, by any way")
    func databases() async throws {
        try await withLimits({ $0.limits.databases = 2 }) { test in
            for name in ["a", "b"] { #expect(try await test.set(name, "k", "1").status == 200) }
            let answers = [
                try await test.set("c", "k", "1"), try await test.set("c", "k", "1", encryptionKey: "x"),
                try await test.post("/controller/debug", #"{"message":"m"}"#),
                try await test.post("/database/restore", #"{"database_name":"c","records":[]}"#),
                try await test.post("/controller/transaction", #"{"database_name":"c","operations":[["SET","k",1]]}"#),
            ]
            for answer in answers {
                #expect(answer.status == 403)
                #expect(answer.text == Self.noMoreDatabases)
            }
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["a", "b"])
            #expect(try await test.set("a", "l", "1").status == 200)
            // A name that replaces another makes room, and a name that changes does not.
            let rename = try await test.post("/database/rename", #"{"database_name":"a","new_database_name":"x"}"#)
            #expect(rename.status == 200)
            #expect(try await test.set("c", "k", "1").status == 403)
            let replace = try await test.post(
                "/database/rename", #"{"database_name":"b","new_database_name":"x","force":true}"#)
            #expect(replace.status == 200)
            #expect(try await test.set("c", "k", "1").status == 200)
            #expect(try await test.set("e", "k", "1").status == 403)
            #expect(try await test.text("/database/pop", of: "c") == "Database popped successfully")
            #expect(try await test.set("e", "k", "1").status == 403)
            #expect(try await test.text("/database/delete", of: "c") == "Database deleted successfully")
            #expect(try await test.set("e", "k", "1").status == 200)
        }
    }

    @Test(
        "The number of databases stays exact when many delete them at once",
        arguments: [
            ["/database/delete_all"], ["/database/delete_all", "/database/delete"],
            ["/database/pop_all", "/database/delete"],
        ])
    func concurrentDeletions(paths: [String]) async throws {
        try await withLimits({ options in
            options.limits.databases = 3
            options.limits.keys = 100
        }) { test in
            for round in 0..<20 {
                for number in 0..<3 {
                    #expect(try await test.set("d\(number)", "k", "1").status == 200, "round \(round)")
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<9 {
                        group.addTask {
                            _ = try await test.post(
                                paths[number % paths.count], #"{"database_name":"d\#(number % 3)"}"#)
                        }
                    }
                    try await group.waitForAll()
                }
                try await test.post("/database/delete_all")
            }
            var statuses: [Int] = []
            for number in 0..<5 { statuses.append(try await test.set("e\(number)", "k", "1").status) }
            #expect(statuses == [200, 200, 200, 403, 403])
        }
    }

    @Test("An address may make so many, and another has as many of its own")
    func clients() async throws {
        let other = ClientAddress(ipv4: 0x0A00_0001)
        try await withLimits({ options in
            options.limits.keysOfClient = 2
            options.limits.databasesOfClient = 1
        }) { test in
            for key in ["k", "l"] { try await test.set("a", key, "1") }
            #expect(try await test.set("a", "m", "1").text == Self.noMoreKeysOfClient)
            #expect(try await test.set("b", "k", "1").text == Self.noMoreDatabasesOfClient)
            #expect(try await test.set("a", "k", "2").status == 200)
            #expect(try await test.set("b", "k", "1", from: other).status == 200)
            #expect(try await test.set("a", "m", "1", from: other).status == 200)
            #expect(try await test.set("a", "n", "1", from: other).text == Self.noMoreKeysOfClient)
            #expect(try await test.set("c", "k", "1", from: other).text == Self.noMoreDatabasesOfClient)
        }
    }

    @Test("What is there when a server starts is counted")
    func restart() async throws {
        try await withAPI { test in
            for number in 0..<3 { try await test.set("a", "k\(number)", "1") }
            try await test.set("b", "k", "1")
            var limits = KOTLimits()
            limits.keys = 5
            limits.databases = 2
            let databases = try test.restarted(limits: limits)
            try await databases.set("a", "new", to: .null, KOTStorage())
            await #expect(throws: (any Error).self) { try await databases.set("a", "other", to: .null, KOTStorage()) }
            try await databases.delete("b", "k")
            await #expect(throws: (any Error).self) { try await databases.set("c", "k", to: .null, KOTStorage()) }
            try await databases.deleteDatabase("b")
            try await databases.set("c", "k", to: .null, KOTStorage())
        }
    }

    @Test("A limit of none lets nothing be made")
    func zero() async throws {
        try await withLimits({ $0.limits.databases = 0 }) { test in
            let refused = try await test.set("d", "k", "1")
            #expect(refused.text == Self.noMoreDatabases)
        }
        try await withLimits({ $0.limits.keys = 0 }) { test in
            let refused = try await test.set("d", "k", "1")
            #expect(refused.text == Self.noMoreKeys)
            #expect(try await test.get("/database/list").text == "{}\n")
        }
    }

    @Test("A text whose escapes make it longer than a store keeps is refused, so that it can be read again")
    func storedSize() async throws {
        try await withLimits({ $0.limits.valueSize = 100 << 20 }) { test in
            let large = KOTValue.bytes([UInt8](repeating: 1, count: (64 << 20) + 1))
            await #expect(throws: APIError.self) {
                try await test.databases.set("d", "k", to: large, KOTStorage(compress: true))
            }
            let kept = try await test.databases.get("d", "k", encryptionKey: nil)
            #expect(kept == nil)
        }
    }

    @Test(
        "The length of a string is that of what it stands for",
        arguments: [
            (#""abc""#, 3), (#""""#, 0), (#""a\n\"\\""#, 4), (#""\u0041""#, 1), (#""\u00e9é""#, 4),
            (#""\u20ac""#, 3), (#""\ud83d\ude00""#, 4), ("[1,2]", 5), ("12", 2),
        ])
    func stringSizes(json: String, size: Int) {
        #expect(KOTValue.json(Array(json.utf8)).size == size)
    }
}
