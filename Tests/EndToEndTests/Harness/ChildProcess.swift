import Foundation
import Synchronization
import Testing

/// How a process ended.
enum ExitStatus: Equatable {
    case code(Int32)
    case signal(Int32)
}

/// A process that was started by a test, and is killed with this value or with the test's process.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let folder: TemporaryFolder
    private let status = Mutex<ExitStatus?>(nil)

    /// - Parameter arguments: the program, found in PATH, and what it is told.
    init(_ arguments: [String], environment: [String: String] = [:], workingFolder: String? = nil) throws {
        folder = try TemporaryFolder()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder.file("output"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, folder.file("error"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // Nor does it keep this process's sockets open: other tests wait for theirs to close.
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("KVICK_") }
        // Nor is the file read that whoever runs the tests has.
        variables["KVICK_CLIENT_CONFIG"] = "/dev/null"
        variables.merge(environment) { $1 }
        // Where this process is ended by force, its children must not stay behind.
        let command = ["setpriv", "--pdeathsig", "KILL"] + (workingFolder.map { ["env", "-C", $0] } ?? []) + arguments
        var pid: pid_t = 0
        let result = Self.withCStrings(command) { command in
            Self.withCStrings(variables.map { "\($0.key)=\($0.value)" }) { variables in
                posix_spawnp(&pid, "setpriv", &actions, nil, command, variables)
            }
        }
        guard result == 0 else { throw HarnessError.system("can't start \(arguments[0])", result) }
        self.pid = pid
    }

    deinit {
        if isRunning {
            signal(SIGKILL)
            _ = try? wait(upTo: .seconds(10))
        }
    }

    /// All that it printed so far.
    var output: String { read("output") }
    var errorOutput: String { read("error") }

    var isRunning: Bool { poll() == nil }

    func signal(_ number: Int32) {
        // Under the lock, so that the id can't be another process's by now.
        status.withLock { status in
            if status == nil { _ = kill(pid, number) }
        }
    }

    /// - Throws: where it has not ended by then.
    @discardableResult
    func wait(upTo limit: Duration) throws -> ExitStatus {
        var ended: ExitStatus?
        guard
            eventually(
                within: limit, every: .milliseconds(5),
                {
                    ended = poll(); return ended != nil
                }), let ended
        else {
            throw HarnessError("process \(pid) still runs after \(limit)")
        }
        return ended
    }

    private func poll() -> ExitStatus? {
        status.withLock { status in
            if status != nil { return status }
            var code: Int32 = 0
            guard waitpid(pid, &code, WNOHANG) == pid else { return nil }
            status = code & 0x7F == 0 ? .code((code >> 8) & 0xFF) : .signal(code & 0x7F)
            return status
        }
    }

    private func read(_ name: String) -> String {
        let data = FileManager.default.contents(atPath: folder.file(name)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("there is always an end mark") }
            return body(UnsafePointer(start))
        }
    }
}

/// What a program that ran to its end printed.
struct ProgramResult {
    let status: ExitStatus
    let output: String
    let errorOutput: String

    static func run(
        _ arguments: [String], environment: [String: String] = [:], workingFolder: String? = nil,
        limit: Duration = .seconds(30)
    ) throws -> ProgramResult {
        let process = try ChildProcess(arguments, environment: environment, workingFolder: workingFolder)
        let status = try process.wait(upTo: limit)
        return ProgramResult(status: status, output: process.output, errorOutput: process.errorOutput)
    }
}

extension ProgramResult {
    /// What it printed, where it ended well.
    func success(of arguments: [String]) -> String {
        #expect(status == .code(0), "\(arguments): \(errorOutput)")
        #expect(errorOutput == "", "\(arguments)")
        return output
    }

    /// The one line that it printed of its failure, with the program's name before it.
    func failure(of arguments: [String], named name: String, code: Int32) -> String {
        #expect(status == .code(code), "\(arguments): \(output)")
        #expect(errorOutput.hasPrefix(name + ": ") && errorOutput.hasSuffix("\n"), "\(arguments)")
        #expect(errorOutput.filter { $0 == "\n" }.count == 1, "\(errorOutput)")
        return errorOutput
    }
}
