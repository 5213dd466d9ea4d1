import HTTPServer
import KeyValueStore
import Storage
import Testing

@testable import KOTAPI

@Suite("Requests for databases")
struct DatabaseRequestTests {
    @Test("Databases are listed by name, with where they are")
    func list() async throws {
        try await withAPI { test in
            #expect(try await test.get("/database/list").text == "{}\n")
            for name in ["b", "a", "ü", "a b"] { try await test.set(name, "k", "1") }
            let list = try await test.get("/database/list")
            let location = TestKOTAPI.location
            #expect(
                list.text
                    == #"{"a":"\#(location)","a b":"\#(location)","b":"\#(location)","ü":"\#(location)"}"# + "\n")
            #expect(list.field("Content-Type") == "application/json")
        }
    }

    @Test("A database that is popped is empty, and stays listed")
    func pop() async throws {
        try await withAPI { test in
            try await test.set("a", "k", "1")
            try await test.set("b", "k", "1")
            #expect(try await test.text("/database/pop", of: "a") == "Database popped successfully")
            #expect(try await test.getAll("a").text == "{}\n")
            #expect(try await test.text("/controller/get_count", of: "a") == "0\n")
            #expect(try await test.getAll("b").text == "{\"k\":1}\n")
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["a", "b"])
            try await test.set("a", "new", "2")
            #expect(try await test.getAll("a").text == "{\"new\":2}\n")
        }
    }

    @Test("All databases are popped or deleted, by GET as by POST", arguments: [Method.get, .post])
    func all(method: Method) async throws {
        try await withAPI { test in
            for name in ["a", "b"] { try await test.set(name, "k", "1") }
            let pop = try await test.send(method, "/database/pop_all", [], [Authorization.password])
            #expect(pop.text == "All database popped successfully")
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["a", "b"])
            for name in ["a", "b"] { #expect(try await test.getAll(name).text == "{}\n") }
            let delete = try await test.send(method, "/database/delete_all", [], [Authorization.password])
            #expect(delete.text == "All database deleted successfully")
            #expect(try await test.get("/database/list").text == "{}\n")
            // Where there is none, there is nothing to do.
            #expect(try await test.send(method, "/database/delete_all", [], [Authorization.password]).status == 200)
            #expect(try await test.send(method, "/database/pop_all", [], [Authorization.password]).status == 200)
        }
    }

    @Test("A database that is deleted is gone, and its name is free at once")
    func delete() async throws {
        try await withAPI { test in
            try await test.set("d", "k", "1")
            #expect(try await test.text("/database/delete", of: "d") == "Database deleted successfully")
            #expect(try await test.get("/database/list").text == "{}\n")
            #expect(try await test.get("d", "k").text == "null\n")
            let again = try await test.post("/database/delete", #"{"database_name":"d"}"#)
            #expect(again.status == 404)
            #expect(again.lines.count == 1)
            try await test.set("d", "other", "2")
            #expect(try await test.getAll("d").text == "{\"other\":2}\n")
        }
    }

    @Test("A database is renamed with all that is in it, sealed values too")
    func rename() async throws {
        try await withAPI { test in
            try await test.set("old", "k", "1")
            try await test.set("old", "s", "2", encryptionKey: "x")
            let rename = try await test.post(
                "/database/rename", form: ["database_name": "old", "new_database_name": "new"])
            #expect(rename.text == "Database renamed successfully")
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["new"])
            #expect(try await test.getAll("new", encryptionKey: "x").text == "{\"k\":1,\"s\":2}\n")
            #expect(try await test.get("new", "s", encryptionKey: "x").text == "2\n")
            #expect(try await test.getAll("old", encryptionKey: "x").text == "{}\n")
            #expect(try await test.set("new", "t", "3", encryptionKey: "x").status == 200)
            #expect(try await test.getAll("new", encryptionKey: "x").text == "{\"k\":1,\"s\":2,\"t\":3}\n")
        }
    }

    @Test("A name that is taken is kept, unless it is to be replaced")
    func renameToTaken() async throws {
        try await withAPI { test in
            try await test.set("a", "k", "1")
            try await test.set("b", "l", "2")
            let request = #"{"database_name":"a","new_database_name":"b""#
            for force in ["", #","force":false"#, #","force":"False""#, #","force":"""#] {
                let refused = try await test.post("/database/rename", request + force + "}")
                #expect(refused.status == 409)
                #expect(refused.text.contains("force"))
            }
            #expect(try await test.getAll("a").text == "{\"k\":1}\n")
            #expect(try await test.getAll("b").text == "{\"l\":2}\n")
            #expect(try await test.post("/database/rename", request + #","force":"True"}"#).status == 200)
            #expect(try await test.getAll("b").text == "{\"k\":1}\n")
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["b"])
        }
    }

    @Test("A database that is not there can't be renamed, and replaces none")
    func renameMissing() async throws {
        try await withAPI { test in
            try await test.set("b", "l", "2")
            for force in [false, true] {
                let answer = try await test.post(
                    "/database/rename",
                    #"{"database_name":"none","new_database_name":"b","force":\#(force)}"#)
                #expect(answer.status == 404)
            }
            #expect(try await test.getAll("b").text == "{\"l\":2}\n")
            for force in [false, true] {
                let same = try await test.post(
                    "/database/rename", #"{"database_name":"b","new_database_name":"b","force":\#(force)}"#)
                #expect(same.status == 200)
            }
            #expect(try await test.getAll("b").text == "{\"l\":2}\n")
        }
    }

    @Test("A bucket of the same name is another thing, which no request sees or changes")
    func buckets() async throws {
        try await withAPI { test in
            try await test.write { (transaction) throws(StoreError) in
                let settings = NamespaceSettings(defaultTimeToLive: .forever)
                let bucket = try transaction.createNamespace(.bucket, Array("d".utf8), settings: settings)
                transaction.set(
                    Record(value: [1], type: .bytes, revision: transaction.revision), bucket, Array("bucket's".utf8))
            }
            #expect(try await test.get("/database/list").text == "{}\n")
            #expect(try await test.getAll("d").text == "{}\n")
            try await test.set("d", "k", "1")
            #expect(try await test.getAll("d").text == "{\"k\":1}\n")
            for path in ["/database/pop_all", "/database/delete_all"] {
                #expect(try await test.get(path).status == 200)
            }
            let bucket = try #require(try test.store.namespace(.bucket, Array("d".utf8)))
            #expect(bucket.deletion == nil)
            #expect(try test.store.record(bucket, Array("bucket's".utf8)) { Array($0.value) } == [1])
        }
    }

    @Test("What the limits are is told by KOT's names")
    func informations() async throws {
        try await withAPI { test in
            let answer = try await test.get("/informations")
            #expect(
                answer.text
                    == #"{"database_name_lenght":1024,"key_lenght":1024,"maximum_database_amount":null,"#
                    + #""maximum_database_amount_user":null,"maximum_key_amount":null,"maximum_key_amount_user":null,"#
                    + #""value_lenght":16777216,"rate_limit":[],"restricted":[]}"# + "\n")
        }
        try await withLimits({ options in
            options.limits.keySize = 1
            options.limits.valueSize = 2
            options.limits.databaseNameSize = 3
            options.limits.databases = 4
            options.limits.keys = 5
            options.limits.databasesOfClient = 6
            options.limits.keysOfClient = 7
            options.restricted = KOTRestriction(names: "set,database_pop_all") ?? KOTRestriction()
            options.rateLimits = KOTRateLimit.list("100 per minute, 5/h") ?? []
        }) { test in
            let answer = try await test.get("/informations")
            #expect(
                answer.text
                    == #"{"database_name_lenght":3,"key_lenght":1,"maximum_database_amount":4,"#
                    + #""maximum_database_amount_user":6,"maximum_key_amount":5,"maximum_key_amount_user":7,"#
                    + #""value_lenght":2,"rate_limit":["100 per minute","5/h"],"restricted":["database_pop_all","set"]}"#
                    + "\n")
        }
    }
}
