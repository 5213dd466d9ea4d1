import Foundation
import Testing

/// What a server does not start with. It says why in one line, ends with a failure and leaves the store as it is.
@Suite(.server)
struct RefusalTests {
    @Test func aStoreThatAnotherProcessHasIsLeftAlone() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            let message = try refusal(["--port", "0", "--data", server.data])
            #expect(message.contains("in use"))
            #expect(message.contains(server.data))
            #expect(message.contains("\(server.process.pid)"))
            #expect(try server.client.get("\(bucket)/k").text == "v")
            #expect(try server.client.put("\(bucket)/k", "w").status == 200)
        }
    }

    @Test func aStoreOfANewerFormatIsNotTouched() async throws {
        let store = try Store()
        try Data("kvick-store 999\n".utf8).write(to: URL(fileURLWithPath: store.data + "/FORMAT"))
        let message = try store.refusal()
        #expect(message.contains("newer"))
        #expect(message.contains("999"))
        try Data("kvick-store 1\n".utf8).write(to: URL(fileURLWithPath: store.data + "/FORMAT"))
        try store.checkIsWhole()
    }

    @Test(arguments: ["", "kvick-store\n", "other 1\n", "kvick-store one\n", "\0\0\0\0"])
    func aFormatFileThatCannotBeReadIsNotGuessedAt(_ text: String) async throws {
        let store = try Store()
        try Data(text.utf8).write(to: URL(fileURLWithPath: store.data + "/FORMAT"))
        #expect(try store.refusal().contains("FORMAT"))
    }

    @Test(arguments: [false, true]) func aLogWithAFlippedByteIsRefused(isKilled: Bool) async throws {
        let store = try Store(isKilled: isKilled)
        let log = try store.newestLog()
        var bytes = try Data(contentsOf: log)
        let end = try #require(bytes.lastIndex { $0 != 0 })
        let middle = end / 2
        bytes[middle] ^= 0x10
        try bytes.write(to: log)
        let message = try store.refusal()
        #expect(message.contains("damaged"), "\(message)")
        #expect(message.contains(store.data))
        // The right byte makes it whole again.
        bytes[middle] ^= 0x10
        try bytes.write(to: log)
        try store.checkIsWhole()
    }

    @Test(arguments: [false, true]) func aLogThatWasDeletedOrCutIsMissed(isKilled: Bool) async throws {
        let store = try Store(isKilled: isKilled)
        let log = try store.newestLog()
        let bytes = try Data(contentsOf: log)
        try FileManager.default.removeItem(at: log)
        let message = try store.refusal()
        #expect(message.contains("log"), "\(message)")
        #expect(message.contains("acknowledged"), "\(message)")
        let end = try #require(bytes.lastIndex { $0 != 0 })
        try bytes.prefix(end / 2).write(to: log)
        #expect(try store.refusal().contains("acknowledged"))
        try bytes.write(to: log)
        try store.checkIsWhole()
    }

    @Test func aLogWithATornEndIsOpened() async throws {
        // What a crash in the middle of a write leaves: all that was acknowledged lies before it.
        let store = try Store(isKilled: true)
        let log = try store.newestLog()
        var bytes = try Data(contentsOf: log)
        let end = try #require(bytes.lastIndex { $0 != 0 })
        bytes = bytes.prefix(end + 1) + [0x12, 0x34, 0x56, 0x78, 0x40]
        try bytes.write(to: log)
        try store.checkIsWhole()
    }

    @Test(arguments: ["rocksdb/CURRENT", "server.key"]) func aMissingFileIsMissed(_ name: String) async throws {
        let store = try Store()
        let file = URL(fileURLWithPath: store.data + "/" + name)
        let bytes = try Data(contentsOf: file)
        try FileManager.default.removeItem(at: file)
        #expect(try store.refusal().contains(name))
        try bytes.write(to: file)
        try store.checkIsWhole()
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let store = try Store()
        let before = try Folder.digests(store.data)
        try await withServer { server in
            let message = try RefusalTests.refusal(["--port", "\(server.port)", "--data", store.data])
            #expect(message.contains("\(server.port)"))
            #expect(message.contains("in use"))
        }
        let after = try Folder.digests(store.data)
        #expect(after == before)
        try store.checkIsWhole()
    }

    @Test func aFolderThatIsNoneOrNotForAStoreIsRefused() async throws {
        let folder = try TemporaryFolder()
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.file("letter")))
        #expect(try refusal(["--port", "0", "--data", folder.file("letter")]).contains("not a folder"))
        #expect(try refusal(["--port", "0", "--data", folder.file("letter/data")]).contains(folder.file("letter")))
        #expect(try refusal(["--port", "0", "--data", folder.file("a/b/c")]).contains(folder.file("a/b/c")))
        #expect(try refusal(["--port", "0", "--data", folder.path]).contains("letter"))
        #expect(Folder.files(folder.path).filter { $0 != folder.file("LOCK") } == [folder.file("letter")])
        #expect(try String(contentsOfFile: folder.file("letter"), encoding: .utf8) == "mine")
    }

    @Test(.enabled(if: Nobody.isPossible, "this process can't run kvick as another user"))
    func aFolderThatMayNotBeWrittenIsRefused() async throws {
        let store = try Store()
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o755)
        let program = try Nobody.executable(in: folder)
        let before = try Folder.digests(store.data)
        for data in [store.data, folder.file("new")] {
            let result = try ProgramResult.run(
                Nobody.prefix + [program, "serve", "--port", "0", "--data", data])
            #expect(result.status != .code(0))
            #expect(
                result.errorOutput.contains(data) && result.errorOutput.contains("ermission"), "\(result.errorOutput)")
            #expect(result.errorOutput.split(separator: "\n").count == 1)
        }
        #expect(try Folder.digests(store.data) == before)
        try store.checkIsWhole()
    }

    @Test(
        .enabled(if: Nobody.isPossible, "this process can't run kvick as another user"),
        arguments: ["LOCK", "rocksdb/LOCK", "rocksdb/CURRENT"])
    func aFileOfAnotherUserIsNamedAndACheckFindsItBeforeAStartDoes(_ file: String) async throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o755)
        let program = Nobody.prefix + [try Nobody.executable(in: folder)]
        let data = folder.file("data")
        #expect(try ServerProcess(data: data).stop() == .code(0))
        #expect(try ProgramResult.run(["chown", "-R", "65534:65534", data]).status == .code(0))
        let flags = ["--port", "0", "--data", data]
        #expect(try ProgramResult.run(program + ["config", "--check"] + flags).status == .code(0))
        try #require(chown("\(data)/\(file)", 0, 0) == 0 && chmod("\(data)/\(file)", 0o600) == 0)
        for command in [["config", "--check"], ["serve"]] {
            let result = try ProgramResult.run(program + command + flags)
            #expect(result.status == .code(1))
            #expect(
                result.errorOutput.contains("/\(file): Permission denied"), "\(command): \(result.errorOutput)")
        }
    }

    @Test(.enabled(if: Nobody.isPossible, "this process can't run kvick as another user"))
    func aFolderOfBackupsThatMayNotBeReadIsNotTakenForAnEmptyOne() throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o755)
        let program = try Nobody.executable(in: folder)
        let backups = folder.file("backups")
        try #require(mkdir(backups, 0o700) == 0)
        let result = try ProgramResult.run(
            Nobody.prefix + [program, "restore", backups, "--data", folder.file("data")])
        #expect(result.status == .code(1))
        #expect(result.errorOutput == "kvick: can't read \(backups): Permission denied\n")
    }

    @Test(arguments: [
        ["--port", "abc"], ["--port", "70000"], ["--port", "-1"], ["--port"], ["--max-value-size", "12XB"],
        ["--max-value-size", "99999999999999999999GiB"], ["--max-value-size", "9223372036854775807GiB"],
        ["--history", "1KiB"], ["--history", "some"],
        ["--max-value-size", "0"], ["--max-transaction-size", "0"], ["--max-transaction-size", "10001"],
        ["--max-key-size", "-5"], ["--max-key-size", "1GiB"], ["--cache-size", "1B"],
        ["--durability", "maybe"], ["--rate-limit", "10"], ["--rate-limit", "0/h"], ["--rate-limit", "10/y"],
        ["--log-level", "loud"], ["--unknown"], ["--data", ""], ["extra"], ["--open-buckets=yes"],
    ])
    func aFlagThatMakesNoSenseIsNamed(_ flags: [String]) async throws {
        let folder = try TemporaryFolder()
        let data = flags.contains("--data") ? [] : ["--data", folder.file("data")]
        let port = flags.contains("--port") ? [] : ["--port", "0"]
        let message = try refusal(data + port + flags)
        let name = flags[0].prefix { $0 != "=" }
        #expect(message.contains(name), "\(message)")
        #expect(Folder.files(folder.path).isEmpty)
    }

    @Test(arguments: [
        ("KVICK_PORT", "abc"), ("KVICK_PORT", "70000"), ("KVICK_RATE_LIMIT", "much"), ("KVICK_MAX_KEY_SIZE", "1XB"),
        ("KVICK_MAX_VALUE_SIZE", "-1"), ("KVICK_DURABILITY", "some"), ("KVICK_CACHE_SIZE", "9999999999999999999"),
        ("KVICK_LOG_LEVEL", "loud"), ("KVICK_OPEN_BUCKETS", "perhaps"),
    ])
    func aVariableThatMakesNoSenseIsNamed(_ name: String, _ value: String) async throws {
        let folder = try TemporaryFolder()
        let port = name == "KVICK_PORT" ? [] : ["--port", "0"]
        let message = try refusal(["--data", folder.file("data")] + port, environment: [name: value])
        #expect(message.contains(name) || message.contains(name.dropFirst(6).lowercased()), "\(message)")
        #expect(message.contains(value), "\(message)")
        #expect(Folder.files(folder.path).isEmpty)
    }

    @Test func aCommandThatIsNoneIsNamed() throws {
        let result = try Kvick.run(["sevre"])
        #expect(result.status != .code(0))
        #expect(result.errorOutput.contains("sevre"))
        #expect(result.errorOutput.split(separator: "\n").count == 1)
    }

    // MARK: What they have in common

    private func refusal(_ flags: [String], environment: [String: String] = [:]) throws -> String {
        try Self.refusal(flags, environment: environment)
    }

    /// The line with which `kvick serve` refuses to start.
    static func refusal(_ flags: [String], environment: [String: String] = [:]) throws -> String {
        let result = try Kvick.run(["serve"] + flags, environment: environment)
        #expect(result.status != .code(0))
        if case .signal(let number) = result.status { Issue.record("it crashed with signal \(number)") }
        #expect(result.output.isEmpty, "\(result.output)")
        let lines = result.errorOutput.split(separator: "\n")
        #expect(lines.count == 1, "\(result.errorOutput)")
        return result.errorOutput
    }
}

/// A store with keys in it, of a server that has ended.
private struct Store {
    let folder: TemporaryFolder
    let bucket: String
    var data: String { folder.file("data") }

    private static let keyCount = 300

    /// - Parameter isKilled: whether the server was killed, some time after its last write.
    init(isKilled: Bool = false) throws {
        folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        bucket = try server.client.makeBucket()
        let connection = try Connection(port: server.port)
        var requests: [UInt8] = []
        for number in 0..<Self.keyCount {
            let value = Array(Bulk.value(number, size: 100).utf8)
            requests += Client.request("PUT", "\(bucket)/\(Bulk.key(number))", body: value)
        }
        try connection.write(requests)
        for _ in 0..<Self.keyCount { #expect(try connection.readResponse().status == 200) }
        if isKilled {
            // The newest acknowledged revision is written down about once a second.
            sleepThread(.milliseconds(2200))
            try server.kill()
        } else {
            #expect(try server.stop() == .code(0))
        }
    }

    func newestLog() throws -> URL {
        let names = try FileManager.default.contentsOfDirectory(atPath: data + "/rocksdb").filter {
            $0.hasSuffix(".log")
        }
        return URL(fileURLWithPath: data + "/rocksdb/" + (try #require(names.max())))
    }

    /// The line with which a server refuses this store, of which nothing may change.
    func refusal() throws -> String {
        let before = try Folder.digests(data)
        let message = try RefusalTests.refusal(["--port", "0", "--data", data])
        let after = try Folder.digests(data)
        #expect(after == before, "changed: \(Set(after.keys).symmetricDifference(before.keys))")
        return message
    }

    func checkIsWhole() throws {
        let server = try ServerProcess(data: data)
        let list = try server.client.get("\(bucket)/?values=true")
        #expect(list.body == Bulk.list(0..<Self.keyCount, valueSize: 100))
        #expect(try server.stop() == .code(0))
    }
}

/// A user who may nothing.
private enum Nobody {
    static let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    /// A copy of kvick that everyone may run.
    static func executable(in folder: TemporaryFolder) throws -> String {
        // Not copied by this process: a child that is started meanwhile would hold the file open for writing.
        let result = try ProgramResult.run(["install", "-m", "755", Kvick.executable, folder.file("kvick")])
        guard result.status == .code(0) else { throw HarnessError(result.errorOutput) }
        return folder.file("kvick")
    }

    static let isPossible: Bool = {
        guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
        chmod(folder.path, 0o755)
        guard let program = try? executable(in: folder) else { return false }
        return (try? ProgramResult.run(prefix + [program, "--version"]))?.status == .code(0)
    }()
}
