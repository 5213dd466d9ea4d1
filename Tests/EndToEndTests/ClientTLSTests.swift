import Foundation
import Testing

/// What the command line says of servers that it can't speak to over TLS, and how it keeps what it takes to speak to one.
@Suite(.server)
struct ClientTLSTests {
    @Test func aServerOfAnAuthorityOfItsOwnIsReachedAgainFromAnywhere() throws {
        let folder = try TemporaryFolder()
        let certificate = try Certificate(folder, "first")
        let server = try ServerProcess(data: folder.file("data"), certificate.flags + ["--access-log"])
        let client = try ClientCommands(server: "https://127.0.0.1:\(server.port)")
        try client.copy(certificate.path, to: "ca.pem")
        _ = try client.output("bucket", "create", "--save", "visits", "--ca-file", "ca.pem")
        let text = try String(contentsOfFile: client.configuration, encoding: .utf8)
        #expect(text.contains("/ca.pem\"\n"))
        // In another folder, with nothing but the name.
        let elsewhere = try ProgramResult.run(
            [Kvick.executable, "set", "visits", "hello", "world"],
            environment: ["KVICK_CLIENT_CONFIG": client.configuration], workingFolder: folder.path)
        #expect(elsewhere.status == .code(0), "\(elsewhere.errorOutput)")
        #expect(server.process.output.contains(#""user_agent":"kvick/"#))
        #expect(try server.stop() == .code(0))
    }

    @Test func whyAServerIsNotTrustedIsSaidWithWhatToDo() throws {
        let folder = try TemporaryFolder()
        let certificate = try Certificate(folder, "first")
        let other = try Certificate(folder, "other", for: "DNS:kvick.example")
        let ended = try Certificate(folder, "ended", days: -1)
        // What stands behind the server's own certificate is not taken for it.
        let chain = try [certificate, ended].map { try String(contentsOfFile: $0.path, encoding: .utf8) }.joined()
        try Data(chain.utf8).write(to: URL(fileURLWithPath: certificate.path))
        let server = try ServerProcess(data: folder.file("data"), certificate.flags)
        let client = try ClientCommands(server: "https://127.0.0.1:\(server.port)")
        func failure(_ arguments: String..., code: Int32 = 5) throws -> String {
            let arguments = ["health"] + arguments
            return try client.run(arguments).failure(of: arguments, named: "kvick", code: code)
        }
        #expect(try failure().contains("is signed by nobody who is trusted here; give"))
        #expect(try failure("--ca-file", other.path).contains("is signed by none in \(other.path); give"))
        #expect(
            try failure("--url", "http://127.0.0.1:\(server.port)", code: 1)
                .contains("speaks TLS; use https://127.0.0.1:\(server.port)\n"))
        #expect(try failure("--ca-file", "none", code: 1).contains("none can't be read: No such file"))
        #expect(try failure("--ca-file", certificate.keyPath, code: 1).contains("no certificates in PEM"))
        try swap(certificate, for: other, server)
        #expect(try failure("--ca-file", other.path).contains("is not for 127.0.0.1; give"))
        try swap(certificate, for: ended, server)
        #expect(
            try failure("--ca-file", ended.path).contains(/ended at \d{4}-\d\d-\d\dT.*; the server needs a new one/))
        #expect(try server.stop() == .code(0))
    }

    @Test func aWatchEndsWhereAnotherAnswersInTheServersPlace() throws {
        let folder = try TemporaryFolder()
        let certificate = try Certificate(folder, "first")
        let other = try Certificate(folder, "other")
        let server = try ServerProcess(data: folder.file("data"), certificate.flags)
        let client = try ClientCommands(server: "https://127.0.0.1:\(server.port)")
        let arguments = ["--ca-file", certificate.path]
        let id = try client.run(["bucket", "create"] + arguments).output.trimmingCharacters(in: .newlines)
        let watch = try client.start(["watch", id] + arguments)
        #expect(
            try eventually(within: .seconds(10)) {
                _ = try client.run(["set", id, "k", "v"] + arguments)
                return watch.output.contains("set k")
            })
        try server.kill()
        let next = try ServerProcess(data: folder.file("data"), other.flags + ["--port", String(server.port)])
        #expect(try watch.wait(upTo: .seconds(20)) == .code(5))
        #expect(watch.errorOutput.contains("; connecting again\n"))
        #expect(watch.errorOutput.contains("is signed by none in \(certificate.path); give"))
        #expect(try next.stop() == .code(0))
    }

    /// Has the server serve with another certificate than it began with.
    private func swap(_ certificate: Certificate, for other: Certificate, _ server: ServerProcess) throws {
        for (from, to) in [(other.path, certificate.path), (other.keyPath, certificate.keyPath)] {
            try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
        }
        let count = server.process.errorOutput.ranges(of: "was reloaded").count
        server.process.signal(SIGHUP)
        let isReloaded = eventually(within: .seconds(10)) {
            server.process.errorOutput.ranges(of: "was reloaded").count > count
        }
        #expect(isReloaded)
    }

    @Test(arguments: [
        ("https", "HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS; use http://127.0.0.1:"),
        // A server of TLS that takes the request for a broken handshake (RFC 8446 §6).
        ("http", "\u{15}\u{03}\u{01}\0\u{02}\u{02}F", "does not answer in HTTP; is it https://127.0.0.1:"),
    ])
    func theOtherSchemeIsNamedWhereItIsMeant(_ scheme: String, _ answer: String, _ words: String) throws {
        let server = try OneAnswerServer(answer)
        let arguments = ["health", "--url", "\(scheme)://127.0.0.1:\(server.port)"]
        let failure = try Kvick.run(arguments).failure(of: arguments, named: "kvick", code: 5)
        #expect(failure.contains("\(words)\(server.port)"), "\(failure)")
    }
}
