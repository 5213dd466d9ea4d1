import Foundation
import Testing

/// What a server and the one that supervises it, as systemd, tell each other.
@Suite(.server)
struct SupervisorTests {
    @Test(arguments: [false, true]) func aSupervisorHearsOnceItServesAndOnceItStops(isAbstract: Bool) async throws {
        let folder = try TemporaryFolder()
        let name = isAbstract ? "@kvick-\(UUID().uuidString)" : folder.file("notify")
        let socket = try NotifySocket(name)
        let server = try ServerProcess(data: folder.file("data"), environment: ["NOTIFY_SOCKET": name])
        #expect(try socket.receive() == "READY=1")
        #expect(try server.client.get("/-/ready").status == 200)
        #expect(try server.stop() == .code(0))
        #expect(try socket.receive() == "STOPPING=1")
    }

    @Test func aSupervisorThatCannotBeToldEndsNoServer() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), environment: ["NOTIFY_SOCKET": folder.file("none")])
        #expect(try server.client.get("/-/ready").status == 200)
        #expect(
            eventually(within: .seconds(10)) {
                server.process.errorOutput.contains("the supervisor was not told READY=1")
            })
        #expect(try server.stop() == .code(0))
    }

    @Test func aSupervisorThatTakesNothingHoldsNothingUpAndHearsOnceItDoes() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("notify")
        let socket = try NotifySocket(path)
        try NotifySocket.fill(path)
        let server = try ServerProcess(data: folder.file("data"), environment: ["NOTIFY_SOCKET": path])
        #expect(try server.client.get("/-/ready").status == 200)
        #expect(
            eventually(within: .seconds(10)) {
                server.process.errorOutput.contains("the supervisor was not told READY=1")
            })
        var message = try socket.receive()
        while message == NotifySocket.filling { message = try socket.receive() }
        #expect(message == "READY=1")
        try NotifySocket.fill(path)
        #expect(try server.stop(limit: .seconds(8)) == .code(0))
        #expect(server.process.errorOutput.contains("the supervisor was not told STOPPING=1"))
    }

    @Test func aSignalDuringTheStartEndsItWithoutDelayAndWithoutAWordOfServing() async throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        #expect(try ServerProcess(data: data).stop() == .code(0))
        // It waits for whoever writes, and so does the start.
        let format = try Data(contentsOf: URL(fileURLWithPath: data + "/FORMAT"))
        try FileManager.default.removeItem(atPath: data + "/FORMAT")
        try #require(mkfifo(data + "/FORMAT", 0o600) == 0)
        let path = folder.file("notify")
        let socket = try NotifySocket(path)
        let process = try ChildProcess(
            [Kvick.executable, "serve", "--port", "0", "--data", data, "--stop-delay", "60s"],
            environment: ["NOTIFY_SOCKET": path])
        var writer: CInt = -1
        let isReading = eventually(within: .seconds(30)) {
            writer = open(data + "/FORMAT", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return writer >= 0
        }
        try #require(isReading)
        process.signal(SIGTERM)
        #expect(eventually(within: .seconds(10)) { process.errorOutput.contains("stopping signal=SIGTERM\n") })
        #expect(write(writer, Array(format), format.count) == format.count)
        close(writer)
        #expect(try process.wait(upTo: .seconds(8)) == .code(0))
        #expect(process.output.isEmpty)
        #expect(try socket.receive() == "STOPPING=1")
    }

    @Test func theJournalGetsTheLevelOfWhatKeepsAServerFromStarting() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("kvick.yaml")
        try Data("admin-token: 0123456789abcdef\n".utf8).write(to: URL(fileURLWithPath: file))
        try #require(chmod(file, 0o644) == 0)
        let failed = try ProgramResult.run(
            Self.journal + [Kvick.executable, "serve", "--config", file, "--data", folder.file("in/none")])
        #expect(failed.status == .code(1))
        let lines = failed.errorOutput.split(separator: "\n")
        try #require(lines.count == 2, "\(lines)")
        #expect(lines[0].hasPrefix("<4>kvick: \(file) has admin-token"))
        #expect(lines[1].hasPrefix("<3>kvick: can't make the folder \(folder.file("in/none"))"))
    }

    /// Has the standard error of the command behind it taken for the journal's.
    private static let journal = ["sh", "-c", #"JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr) exec "$@""#, "sh"]

    @Test func theJournalGetsLevelsAndNoTimes() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(
            data: folder.file("data"), prefix: Self.journal)
        #expect(try server.stop() == .code(0))
        #expect(server.process.errorOutput == "<6>stopping signal=SIGTERM\n<6>stopped\n")
    }
}

/// Where a supervisor hears of its service (sd_notify(3)).
private final class NotifySocket {
    /// What nobody waits for.
    static let filling = "X_FILLING=1"

    private let descriptor: CInt

    /// - Parameter name: its path, or `@` and the name of an abstract one.
    init(_ name: String) throws {
        descriptor = try Self.make()
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard Self.withAddress(name, { bind(descriptor, $0, $1) }) == 0 else { throw HarnessError.system("bind") }
    }

    /// Sends to the socket of this name until it has no room for more.
    static func fill(_ name: String) throws {
        let descriptor = try make()
        defer { close(descriptor) }
        guard withAddress(name, { connect(descriptor, $0, $1) }) == 0 else { throw HarnessError.system("connect") }
        while send(descriptor, filling, filling.utf8.count, Int32(MSG_DONTWAIT)) >= 0 {}
        guard errno == EAGAIN else { throw HarnessError.system("send") }
    }

    private static func make() throws -> CInt {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HarnessError.system("socket") }
        return descriptor
    }

    private static func withAddress(_ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: bytes.prefix(path.count - 1))
            if bytes.first == UInt8(ascii: "@") { path[0] = 0 }
        }
        // An abstract name has no zero behind it.
        let length = 2 + bytes.count + (bytes.first == UInt8(ascii: "@") ? 0 : 1)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    deinit {
        close(descriptor)
    }

    /// The next message, which must come within 10 seconds.
    func receive() throws -> String {
        var space = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &space, space.count, 0)
        guard count >= 0 else { throw HarnessError.system("recv") }
        return String(decoding: space.prefix(count), as: UTF8.self)
    }
}
