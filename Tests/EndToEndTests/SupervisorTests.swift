import Foundation
import Testing

/// What a server and the one that supervises it, as systemd, tell each other.
@Suite(.server)
struct SupervisorTests {
    @Test func aSupervisorHearsOnceItServesAndOnceItStops() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("notify")
        let socket = try NotifySocket(path)
        let server = try ServerProcess(data: folder.file("data"), environment: ["NOTIFY_SOCKET": path])
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

    @Test func theJournalGetsLevelsAndNoTimes() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(
            data: folder.file("data"),
            prefix: ["sh", "-c", #"JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr) exec "$@""#, "sh"])
        #expect(try server.stop() == .code(0))
        #expect(server.process.errorOutput == "<6>stopping signal=SIGTERM\n<6>stopped\n")
    }
}

/// Where a supervisor hears of its service (sd_notify(3)).
private final class NotifySocket {
    private let descriptor: CInt

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HarnessError.system("socket") }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isBound else { throw HarnessError.system("bind") }
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
