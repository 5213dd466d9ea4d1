import Foundation
import Testing

/// The kvick that was built with these tests.
enum Kvick {
    /// Beside the test bundle, in the build's folder of products.
    static let executable: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/kvick"
    }()

    static func run(
        _ arguments: [String], environment: [String: String] = [:], workingFolder: String? = nil
    ) throws -> ProgramResult {
        try ProgramResult.run([executable] + arguments, environment: environment, workingFolder: workingFolder)
    }
}

/// A server on a free port of 127.0.0.1.
final class ServerProcess: Sendable {
    let process: ChildProcess
    let port: Int
    let data: String

    /// Starts a `kvick serve`.
    ///
    /// - Parameter prefix: a command that runs the server, as setpriv.
    convenience init(
        data: String, _ flags: [String] = [], environment: [String: String] = [:], prefix: [String] = [],
        executable: String = Kvick.executable
    ) throws {
        var arguments = prefix + [executable, "serve", "--data", data]
        // What a test sets is not set here: a flag would win over its variable.
        if !flags.contains("--port"), environment["KVICK_PORT"] == nil { arguments += ["--port", "0"] }
        if !flags.contains("--rate-limit"), environment["KVICK_RATE_LIMIT"] == nil {
            arguments += ["--rate-limit", "none"]
        }
        try self.init(arguments + flags, data: data, environment: environment)
    }

    /// Starts what these arguments say and waits until it says that it serves.
    ///
    /// - Parameter data: the folder of its store.
    init(_ arguments: [String], data: String, environment: [String: String] = [:]) throws {
        self.data = data
        let process = try ChildProcess(arguments, environment: environment)
        self.process = process
        var port: Int?
        let isReady = eventually(within: .seconds(60), every: .milliseconds(5)) {
            // On the standard error where the other is for something else.
            port = Self.announcedPort(process.output) ?? Self.announcedPort(process.errorOutput)
            return port != nil || !process.isRunning
        }
        guard isReady, let port else {
            throw HarnessError("the server did not start: \(process.output)\(process.errorOutput)")
        }
        self.port = port
    }

    private static func announcedPort(_ output: String) -> Int? {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let line = lines.first(where: { $0.contains("://") }), let url = line.firstRange(of: "://") else {
            return nil
        }
        // Behind the address, which in brackets may have colons of its own.
        let authority = line[url.upperBound...].prefix { !$0.isWhitespace && $0 != "\"" }
        return authority.split(separator: ":").last.flatMap { Int($0) }
    }

    var client: Client { Client(port: port) }
    var url: String { "http://127.0.0.1:\(port)" }
    var isRunning: Bool { process.isRunning }

    /// Asks it to end, as an operator does.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM, limit: Duration = .seconds(10)) throws -> ExitStatus {
        process.signal(signal)
        return try process.wait(upTo: limit)
    }

    func kill() throws {
        process.signal(SIGKILL)
        try process.wait(upTo: .seconds(10))
    }

    /// The memory that it has in use, in bytes.
    var residentSize: Int {
        get throws {
            let text = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            guard let size = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
                throw HarnessError("no VmRSS in /proc/\(process.pid)/status")
            }
            return size * 1024
        }
    }
}

/// Runs `body` with a new server on a folder of its own, which must have lived to be stopped in good order.
func withServer(
    _ flags: [String] = [], environment: [String: String] = [:], _ body: (ServerProcess) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(data: folder.file("data"), flags, environment: environment)
    try await body(server)
    #expect(try server.stop() == .code(0), "\(server.process.errorOutput)")
    withExtendedLifetime(folder) {}
}

/// Runs `body` with a new `KOT api` or `KOT web`, whose password is "secret", as `withServer` does.
func withDatabases(_ command: String, _ body: (ServerProcess) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(
        [Kvick.executable, "kot", command, "secret", "--port", "0", "--folder", folder.path],
        data: folder.file("kvick-data"))
    try await body(server)
    #expect(try server.stop() == .code(0), "\(server.process.errorOutput)")
    withExtendedLifetime(folder) {}
}
