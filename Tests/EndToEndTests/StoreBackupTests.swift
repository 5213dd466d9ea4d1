import Foundation
import Synchronization
import Testing

/// `kvick backup`, `kvick restore` and `kvick check`.
@Suite(.server)
struct StoreBackupTests {
    private static let token = "0123456789abcdef"

    /// A server with an admin token, and a folder for its backups.
    private func withBackups(_ body: (ServerProcess, TemporaryFolder) throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), environment: ["KVICK_ADMIN_TOKEN": Self.token])
        try body(server, folder)
        #expect(try server.stop() == .code(0), "\(server.process.errorOutput)")
    }

    private func backUp(_ server: ServerProcess, _ arguments: String..., token: String? = token) throws -> ProgramResult
    {
        var environment = ["KVICK_URL": server.url]
        environment["KVICK_ADMIN_TOKEN"] = token
        return try Kvick.run(["backup"] + arguments, environment: environment)
    }

    private func kvick(_ arguments: String...) throws -> String {
        try Kvick.run(arguments).success(of: arguments)
    }

    @Test func aBackupIsNoCompressedFile() throws {
        for name in ["shop.tar.gz", "shop.tgz", "shop.zip"] {
            let refused = try Kvick.run(["backup", name])
            #expect(refused.status == .code(64))
            #expect(refused.errorOutput.contains(".tar"), "\(refused.errorOutput)")
        }
    }

    @Test func everyWriteThatWasAnsweredBeforeIsInTheBackupAndTransactionsAreWhole() async throws {
        try await withBackups { server, folder in
            let bucket = try server.client.makeBucket()
            let isOver = Atomic(false)
            let answered = Mutex(0)
            let port = server.port
            let writer = Thread {
                guard let connection = try? Connection(port: port) else { return }
                for number in 1... where !isOver.load(ordering: .relaxed) {
                    let operations = ["a", "b"].map { #"{"set":"\#($0)","value":\#(number)}"# }
                    guard (try? connection.transact(bucket, operations)) != nil else { return }
                    answered.withLock { $0 = number }
                }
            }
            writer.start()
            defer { isOver.store(true, ordering: .relaxed) }
            for round in 1...3 {
                #expect(eventually(within: .seconds(20)) { answered.withLock { $0 } >= round * 20 })
                let before = answered.withLock { $0 }
                _ = try backUp(server, folder.file("backups")).success(of: ["backup"])
                let target = folder.file("restored \(round)")
                _ = try kvick("restore", folder.file("backups"), "--data", target)
                let restored = try ServerProcess(data: target)
                let values = try ["a", "b"].map { try restored.client.get("\(bucket)/\($0)").text }
                #expect(values[0] == values[1])
                #expect(try #require(Int(values[0])) >= before)
                #expect(try restored.stop() == .code(0))
            }
        }
    }

    @Test func aRestoredStoreHasAllThatTheBackupHasAndTellsWatchersToListAnew() async throws {
        try await withBackups { server, folder in
            let bucket = try server.client.makeBucket("secret_key=s3cret&write_key=pen")
            let pen = [Authorization.bearer("pen")]
            let secret = [Authorization.bearer("s3cret")]
            for number in 0..<50 { try server.client.put("\(bucket)/k\(number)", "value \(number)", pen) }
            _ = try backUp(server, folder.file("one.tar")).success(of: ["backup"])
            let lost = try #require(try server.client.put("\(bucket)/lost", "gone", pen)["ETag"])
            _ = try kvick("restore", folder.file("one.tar"), "--data", folder.file("restored"))
            #expect(try kvick("check", folder.file("restored")).contains("no problems"))

            let restored = try ServerProcess(data: folder.file("restored"))
            for number in 0..<50 { #expect(try restored.client.get("\(bucket)/k\(number)").text == "value \(number)") }
            #expect(try restored.client.get("\(bucket)/lost").status == 404)
            // The keys of the bucket are as they were.
            #expect(try restored.client.put("\(bucket)/k0", "x").status == 401)
            // What was given after the backup is given to nothing else.
            let new = try #require(try restored.client.put("\(bucket)/lost", "found", pen)["ETag"])
            let revisions = try [lost, new].map { try #require(UInt64($0.dropFirst().dropLast())) }
            #expect(revisions[1] > revisions[0] + 1 << 20)
            #expect(try restored.client.put("\(bucket)/lost", "x", pen + [("If-Match", lost)]).status == 412)
            for id in ["\(revisions[0] - 10)", "\(revisions[0])", "\(revisions[0] + 5)"] {
                let stream = try EventStream(restored.port, "\(bucket)/?watch=true", secret, lastID: id)
                #expect(try stream.readEvent()?.name == "clear", "\(id)")
            }
            // As the store itself, one that was restored is restored from its own backups.
            let stream = try EventStream(restored.port, "\(bucket)/?watch=true", secret, lastID: "\(revisions[1])")
            try restored.client.put("\(bucket)/lost", "again", pen)
            #expect(try stream.readEvent()?.name == "set")
            #expect(try restored.stop() == .code(0))
        }
    }

    @Test func aQuietBackupPrintsNothingAndIsListedForPrograms() async throws {
        try await withBackups { server, folder in
            let made = try backUp(server, folder.file("b"), "--quiet")
            #expect(made.status == .code(0) && made.output == "" && made.errorOutput == "", "\(made.errorOutput)")
            let arguments = ["backup", folder.file("b"), "--list", "--json"]
            let list = try Kvick.run(arguments).success(of: arguments)
            let backups = try #require(try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]])
            #expect(backups.count == 1 && backups[0]["backup"] as? Int == 1 && backups[0]["revision"] is String)
            #expect((backups[0]["created"] as? String)?.hasSuffix("Z") == true)
            #expect(backups[0]["files"] as? Int ?? 0 > 0 && backups[0]["size"] as? Int ?? 0 > 0)
            let manifest =
                folder.file("b/backups") + "/"
                + (try #require(
                    try FileManager.default.contentsOfDirectory(atPath: folder.file("b/backups")).first))
            try Data("{".utf8).write(to: URL(fileURLWithPath: manifest))
            #expect(try Kvick.run(arguments).success(of: arguments).hasPrefix(#"[{"backup":1,"damage":""#))
            let failed = try backUp(server, folder.file("b"), "--quiet", token: "fedcba9876543210")
            #expect(failed.status == .code(4) && failed.output == "" && !failed.errorOutput.isEmpty)
        }
    }

    @Test func aBackupNeedsTheServersAdminToken() async throws {
        try await withBackups { server, folder in
            let arguments = ["backup"]
            let wrong = try backUp(server, folder.file("b"), token: "fedcba9876543210")
                .failure(of: arguments, named: "kvick", code: 4)
            #expect(wrong.contains("KVICK_ADMIN_TOKEN"))
            let missing = try backUp(server, folder.file("b"), token: nil)
                .failure(of: arguments, named: "kvick", code: 64)
            #expect(missing.contains("KVICK_ADMIN_TOKEN"))
            #expect(!FileManager.default.fileExists(atPath: folder.file("b")))
            let inUse = try Kvick.run(["backup", folder.file("b"), "--data", server.data])
                .failure(of: arguments, named: "kvick", code: 1)
            #expect(inUse.contains("--url") && inUse.contains("--admin-token"))
        }
        try await withServer { server in
            let refused = try backUp(server, "/nowhere/b").failure(of: ["backup"], named: "kvick", code: 4)
            #expect(refused.contains("start it with --admin-token"))
        }
    }

    @Test func whatIsKilledInTheMiddleLeavesTheEarlierBackupsAndBeginsAnew() async throws {
        try await withBackups { server, folder in
            let bucket = try server.client.makeBucket()
            let value = String(repeating: "0123456789abcdef", count: 1000)
            for number in 0..<100 { try server.client.put("\(bucket)/k\(number)", value) }
            _ = try backUp(server, folder.file("b")).success(of: ["backup"])
            for delay in [5, 20, 60, 120] {
                let backup = try ChildProcess(
                    [Kvick.executable, "backup", folder.file("b")],
                    environment: ["KVICK_URL": server.url, "KVICK_ADMIN_TOKEN": Self.token])
                sleepThread(.milliseconds(delay))
                backup.signal(SIGKILL)
                try backup.wait(upTo: .seconds(10))
                let restore = try ChildProcess(
                    [Kvick.executable, "restore", folder.file("b"), "--backup", "1", "--data", folder.file("r")])
                sleepThread(.milliseconds(delay))
                restore.signal(SIGKILL)
                let status = try restore.wait(upTo: .seconds(10))
                if status != .code(0), !FileManager.default.fileExists(atPath: folder.file("r/FORMAT")) {
                    _ = try kvick("restore", folder.file("b"), "--backup", "1", "--data", folder.file("r"))
                }
                #expect(try kvick("check", folder.file("r")).contains("keys       100\n"))
                try FileManager.default.removeItem(atPath: folder.file("r"))
            }
            #expect(try kvick("check", folder.file("b"), "--backup", "1").contains("no problems"))
        }
    }

    @Test func aCheckTellsOfDamageByItsExitCodeAndChangesNothing() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        for number in 0..<200 { try server.client.put("\(bucket)/k\(number)", "value \(number)") }
        #expect(try server.stop() == .code(0))
        // Opened again, what is in the log goes to a table.
        #expect(try ServerProcess(data: folder.file("data")).stop() == .code(0))
        let before = try Folder.digests(folder.file("data"))
        let json = try JSONSerialization.jsonObject(with: Data(kvick("check", folder.file("data"), "--json").utf8))
        let report = try #require(json as? [String: Any])
        #expect(report["keys"] as? Int == 200)
        #expect(report["problem_count"] as? Int == 0)
        #expect(try kvick("check", folder.file("data"), "--quiet") == "")
        #expect(try Folder.digests(folder.file("data")) == before)

        let table = try #require(Folder.files(folder.file("data/rocksdb")).first { $0.hasSuffix(".sst") })
        var bytes = try Data(contentsOf: URL(fileURLWithPath: table))
        bytes[100] ^= 1
        try bytes.write(to: URL(fileURLWithPath: table))
        let damaged = try Kvick.run(["check", folder.file("data")])
        #expect(damaged.status == .code(1))
        #expect(damaged.output.contains("problem: "))
        #expect(damaged.output.contains(".sst"))
        let refused = try Kvick.run(["backup", folder.file("b"), "--data", folder.file("data")])
        #expect(refused.status == .code(1))
        #expect(!Folder.files(folder.file("b")).contains { $0.hasSuffix(".json") })
        _ = try Kvick.run(["check", folder.file("nothing")]).failure(of: ["check"], named: "kvick", code: 1)
        #expect(!FileManager.default.fileExists(atPath: folder.file("nothing")))
    }
}
