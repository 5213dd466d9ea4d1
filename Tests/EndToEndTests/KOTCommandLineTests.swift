import Foundation
import Testing

/// KOT's command line, on a folder and on a server.
@Suite(.server)
struct KOTCommandLineTests {
    @Test(arguments: KOTPlace.allCases)
    func keysAreSetReadAndDeleted(_ place: KOTPlace) throws {
        let kot = try KOTProgram(at: place)
        #expect(try kot.output("--name", "db", "set", "k", "two words") == "True\n")
        #expect(try kot.output("get", "k", "--name=db") == "two words\n")
        #expect(try kot.output("--name", "db", "set", "list", #"[1, 2.50, {"a": null}]"#, "--compress") == "True\n")
        #expect(try kot.output("--name", "db", "get", "list") == "1\n2.5\n{\"a\": null}\n")
        #expect(try kot.output("--name", "db", "set", "minus", "-5") == "True\n")
        #expect(
            try kot.output("--name", "db", "get_all")
                == "k:     two words\nlist:  [1, 2.5, {\"a\": null}]\nminus: -5\n")
        #expect(
            try kot.output("--json", "--name", "db", "get-all")
                == #"{"k":"two words","list":[1,2.50,{"a":null}],"minus":-5}"# + "\n")
        #expect(try kot.output("--name", "db", "get_count") == "3\n")
        #expect(try Int(kot.output("--name", "db", "size", "k").dropLast()) ?? 0 > 0)
        #expect(try Int(kot.output("--name", "db", "size_all").dropLast()) ?? 0 > 20)
        #expect(try kot.output("--name", "db", "delete", "k") == "True\n")
        #expect(try kot.output("--name", "db", "get", "k") == "")
        #expect(try kot.output("--name", "db", "--json", "get", "k") == "null\n")
        #expect(try kot.output("--name", "db", "delete_all") == "True\n")
        #expect(try kot.output("--name", "db", "get_all") == "{}\n")
    }

    @Test(arguments: KOTPlace.allCases)
    func manyKeysGoTogether(_ place: KOTPlace) throws {
        let kot = try KOTProgram(at: place)
        #expect(try kot.output("--name", "db", "bulk_set", "a", "1", "b", "x") == "True\n")
        #expect(try kot.output("--name", "db", "bulk_set", #"[["c", [3]], ["d", "4"]]"#) == "True\n")
        #expect(try kot.output("--name", "db", "bulk_get", #"["d", "none", "a"]"#) == "d: 4\na: 1\n")
        #expect(try kot.output("--name", "db", "bulk_delete", "a", "none") == "True\n")
        let operations = #"[["SET","e",{"x":1}],["GET","e"],["DELETE","b"],["GET","b"]]"#
        #expect(
            try kot.output("--name", "db", "transactional_operations", operations)
                == "true\n{\"x\": 1}\ntrue\nnull\n")
        #expect(
            try kot.output("--name", "db", "--json", "get_all") == #"{"c":[3],"d":"4","e":{"x":1}}"# + "\n")
    }

    @Test(arguments: KOTPlace.allCases)
    func databasesAreListedRenamedAndDeleted(_ place: KOTPlace) throws {
        let kot = try KOTProgram(at: place)
        #expect(try kot.output("execute", "SET one k v") == "True\n")
        #expect(try kot.output("execute", "SET two k x", "--value", "[1]") == "True\n")
        #expect(try kot.output("execute", "GET_ALL two") == "k: [1]\n")
        #expect(try kot.failure("database_rename", "one", "two").contains("force"))
        #expect(try kot.output("database_rename", "one", "two", "--force", "True") == "True\n")
        #expect(try kot.output("--name", "two", "get", "k") == "v\n")
        #expect(try kot.output("--name", "log", "warning", "look out") == "WARNING: look out\n")
        #expect(try kot.output("database_list").split(separator: "\n").map { $0.prefix(4) } == ["log:", "two:"])
        #expect(try kot.output("database_pop", "log") == "True\n")
        #expect(try kot.output("--name", "log", "get_count") == "0\n")
        #expect(try kot.output("database_delete", "log") == "True\n")
        _ = try kot.failure("database_delete", "log")
        #expect(try kot.output("database_pop_all") == "")
        #expect(try kot.output("database_delete_all", "--json") == "null\n")
        #expect(try kot.output("database_list") == "{}\n")
    }

    @Test(arguments: KOTPlace.allCases)
    func aFileComesBackByteForByteAndSealedValuesToTheirPassphraseAlone(_ place: KOTPlace) throws {
        let kot = try KOTProgram(at: place)
        let bytes = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) })
        try bytes.write(to: URL(fileURLWithPath: kot.folder.file("in")))
        #expect(
            try kot.output("--name", "db", "set", "f", "--file", "in", "--compress", "--encryption_key", "s3")
                == "True\n")
        #expect(try kot.failure("--name", "db", "get", "f", "--output", "out").contains("wrong encryption key"))
        #expect(!FileManager.default.fileExists(atPath: kot.folder.file("out")))
        #expect(try kot.output("--name", "db", "get", "f", "--output", "out", "--encryption_key", "s3") == "out\n")
        #expect(try Data(contentsOf: URL(fileURLWithPath: kot.folder.file("out"))) == bytes)
        #expect(try kot.output("--name", "db", "get_all") == "{}\n")
        #expect(
            try kot.output("--name", "db", "get_all", "--encryption_key", "s3") == "f: a file of 100000 bytes\n")
        #expect(try kot.failure("--name", "db", "set", "f", "--file", "nowhere").contains("nowhere"))
    }

    @Test(arguments: KOTPlace.allCases)
    func theBenchmarksPrintSecondsAndLeaveNothing(_ place: KOTPlace) throws {
        let kot = try KOTProgram(at: place)
        for name in ["benchmark", "benchmark_set", "benchmark_get", "benchmark_delete"] {
            let text = try kot.output(name, "--number", "5", "--compress", "True")
            let seconds = try #require(Double(text.dropLast()))
            #expect(seconds > 0)
        }
        #expect(try kot.output("database_list") == "{}\n")
        _ = try kot.output("--name", "KOT-benchmark", "set", "mine", "1")
        #expect(try kot.failure("benchmark").contains("KOT database_delete KOT-benchmark"))
        #expect(try kot.output("--name", "KOT-benchmark", "get", "mine") == "1\n")
    }

    @Test func aCommandThatReadsMakesNoStore() throws {
        let kot = try KOTProgram()
        #expect(try kot.failure("--name", "db", "get", "k").contains("--folder"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: kot.folder.path) == ["KOT"])
    }

    @Test func aStoreThatAServerHoldsIsToldWithTheFormToUse() async throws {
        try await withServer(["--kot-password", "secret"]) { server in
            let kot = try KOTProgram()
            #expect(try kot.failure("--folder", server.data, "--name", "db", "get", "k").contains("--url http://"))
        }
    }

    @Test func aServerThatIsNotThereOrWantsAnotherPasswordIsTold() async throws {
        try await withServer(["--kot-password", "secret"]) { server in
            let kot = try KOTProgram(server: server, password: "wrong")
            #expect(try kot.failure("--name", "db", "set", "k", "v").contains("--password"))
            #expect(try kot.output("--name", "db", "get", "k", "--password", "secret") == "")
            #expect(try kot.failure("database_list", "--url", "http://127.0.0.1:1").contains("is the server running?"))
        }
    }

    @Test func whatIsWrittenWronglyIsCode64AndOneLine() throws {
        let kot = try KOTProgram()
        #expect(try kot.failure("get", "k", code: 64).contains("--name"))
        #expect(try kot.failure("--name", "db", "set", "k", code: 64).contains("--file"))
        #expect(try kot.failure("--name", "db", "bulk_set", "k", code: 64).contains("pairs"))
        #expect(try kot.failure("--url", "nonsense", "database_list", code: 64).contains("http://"))
        #expect(try kot.failure("--url", "http://localhost:1", "database_list", code: 64).contains("--password"))
        #expect(try kot.failure("nonsense", code: 64).contains("nonsense"))
    }

    @Test func theProgramIsReachedUnderItsOwnNameToo() throws {
        let folder = try TemporaryFolder()
        let set = try Kvick.run(["kot", "--name", "db", "set", "k", "v"], workingFolder: folder.path)
        #expect(set.output == "True\n")
        let help = try Kvick.run(["kot", "get", "--help"])
        #expect(help.output.contains("USAGE: kvick kot get"))
        #expect(try KOTProgram().output("get", "--help").contains("USAGE: KOT get"))
    }
}
