import Foundation
import Testing

/// `kvick export` and `kvick import` against running servers.
@Suite(.server)
struct ExportTests {
    /// One record of each kind, as PUT or as an operation of a transaction.
    private static let puts: [(key: String, value: [UInt8], type: String?)] = [
        ("%FF%00bin", [0, 255, 10, 34], nil), ("image", [0x89, 0x50], "image/png"), ("five", Array("5".utf8), nil),
        ("typed", Array("5".utf8), "application/json"), ("looks", Array(#"{"a":1}"#.utf8), "text/plain"),
        ("empty", [], nil), ("new%0Aline", Array("a\nb".utf8), nil),
    ]
    private static let sets = [
        #"{"set":"json","value":{"a": [1.0]}}"#, #"{"set":"lines","value":{"a":\#n1}}"#,
        #"{"set":"text five","value":"5"}"#, #"{"set":"large","value":1e300}"#, #"{"set":"soon","value":1,"ttl":90.5}"#,
        #"{"set":"always","value":null,"ttl":0}"#,
    ]

    @Test func aBucketComesBackOnAnotherServerAsItWas() async throws {
        try await withTransfer { transfer in
            let (from, to) = (transfer.servers[0].client, transfer.servers[1].client)
            let (source, target) = (try transfer.bucket(0), try transfer.bucket(1))
            for put in Self.puts {
                let fields = put.type.map { [("Content-Type", $0)] } ?? []
                #expect(try from.send("PUT", "/\(source)/\(put.key)", fields, body: put.value).status == 200)
            }
            #expect(try from.transact("/" + source, Self.sets).status == 200)

            #expect(try transfer.output("export", source, "--output", "keys.jsonl", on: 0) == "")
            let lines = try transfer.read("keys.jsonl")
            #expect(lines.filter { $0 == "\n" }.count == Self.puts.count + Self.sets.count)
            // The other server takes less at once.
            #expect(try transfer.output("import", target, "keys.jsonl", on: 1) == "imported 13 keys\n")
            #expect(try transfer.output("export", target, on: 1) == lines)
            for key in Self.puts.map(\.key) + ["json", "lines", "text%20five", "large", "soon", "always"] {
                let (old, new) = (try from.get("/\(source)/\(key)"), try to.get("/\(target)/\(key)"))
                #expect(old.status == 200 && new.body == old.body && new["Content-Type"] == old["Content-Type"])
            }
            #expect(try to.patch("/\(target)/text%20five", "+1").text == "6")

            // Again, only with what is missing, through a pipe.
            #expect(try to.delete("/\(target)/five").status == 200)
            let piped = try transfer.shell(
                "kvick export \(source) --url $FROM --prefix f | kvick import \(target) --url $TO --if-absent")
            #expect(piped.output == "imported 1 key\n")
            let again = try transfer.output("import", target, "keys.jsonl", "--if-absent", on: 1)
            #expect(again == "imported 0 keys, 13 keys were there already\n")
            #expect(try to.get("/\(target)/text%20five").text == "6")

            #expect(try transfer.failure("export", source, "--output", "keys.jsonl", on: 0).contains("--force"))
            #expect(try transfer.output("export", source, "-o", "keys.jsonl", "--force", on: 0) == "")
            #expect(try transfer.read("keys.jsonl") == lines)
        }
    }

    @Test func aLineThatCannotBeImportedIsNamedAndWhatWasBeforeItIsThere() async throws {
        try await withTransfer { transfer in
            let bucket = try transfer.bucket(0)
            let good = #"{"key":"a","value":1}"# + "\n" + #"{"key":"gone","value":1,"expires":1}"# + "\n"
            try transfer.write("keys.jsonl", good + "oops\n" + #"{"key":"b","value":1}"#)
            for flags in [["--dry-run"], []] {
                #expect(try transfer.servers[0].client.get("/\(bucket)/a").status == 404)
                let error = try transfer.failure(["import", bucket, "keys.jsonl"] + flags, on: 0)
                #expect(error.hasPrefix("kvick: keys.jsonl:3: a line must be a JSON object"))
                #expect(error.contains("imported 1 key, 1 key had expired") == flags.isEmpty)
            }
            #expect(try transfer.servers[0].client.get("/\(bucket)/").text == "a\n")
            try transfer.write("reserved.jsonl", good + #"{"key":"tokens/x","value":1}"#)
            for flags in [["--dry-run"], []] {
                let error = try transfer.failure(["import", bucket, "reserved.jsonl"] + flags, on: 0)
                #expect(error.hasPrefix("kvick: reserved.jsonl:3: keys that begin with tokens/"))
            }
            try transfer.write("good.jsonl", good)
            #expect(
                try transfer.output("import", bucket, "good.jsonl", "--dry-run", on: 0) == "2 keys can be imported\n")
        }
    }

    @Test(arguments: [
        // Cut off within a chunk, between two, and whole with fewer keys than were told of.
        ("", "20\r\n{\"key\":\"a\",\"va"), ("", "16\r\n{\"key\":\"a\",\"value\":1}\n\r\n"),
        ("X-Key-Count: 2\r\n", "16\r\n{\"key\":\"a\",\"value\":1}\n\r\n0\r\n\r\n"),
    ])
    func anExportThatIsCutOffIsAFailureAndLeavesNoFile(_ fields: String, _ body: String) async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n"
        for target in [["--output", "keys.jsonl"], []] {
            let server = try OneAnswerServer(head + fields + "\r\n" + body)
            let folder = try TemporaryFolder()
            let result = try Kvick.run(
                ["export", "BUCKET", "--url", server.url] + target, workingFolder: folder.path)
            #expect(result.status != .code(0) && result.errorOutput.contains("was cut off after"), "\(result)")
            #expect(Folder.files(folder.path) == [])
        }
    }

    private func withTransfer(_ body: (Transfer) throws -> Void) async throws {
        try await withServer { first in
            try await withServer(["--max-transaction-size", "4"]) { second in
                try body(Transfer(servers: [first, second]))
            }
        }
    }
}

/// Commands in a folder of their own, against two servers.
private struct Transfer {
    let servers: [ServerProcess]
    private let folder: TemporaryFolder

    init(servers: [ServerProcess]) throws {
        self.servers = servers
        folder = try TemporaryFolder()
    }

    func bucket(_ server: Int) throws -> String {
        String(try servers[server].client.makeBucket().dropFirst())
    }

    func output(_ arguments: String..., on server: Int) throws -> String {
        try run(arguments, on: server).success(of: arguments)
    }

    func failure(_ arguments: [String], on server: Int) throws -> String {
        try run(arguments, on: server).failure(of: arguments, named: "kvick", code: 1)
    }

    func failure(_ arguments: String..., on server: Int) throws -> String {
        try failure(arguments, on: server)
    }

    func shell(_ command: String) throws -> ProgramResult {
        let bin = URL(fileURLWithPath: Kvick.executable).deletingLastPathComponent().path
        return try ProgramResult.run(
            ["sh", "-c", "PATH=\(bin):$PATH; " + command],
            environment: ["FROM": servers[0].url, "TO": servers[1].url], workingFolder: folder.path)
    }

    func write(_ file: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(file)))
    }

    func read(_ file: String) throws -> String {
        try String(contentsOfFile: folder.file(file), encoding: .utf8)
    }

    private func run(_ arguments: [String], on server: Int) throws -> ProgramResult {
        try Kvick.run(arguments + ["--url", servers[server].url], workingFolder: folder.path)
    }
}
