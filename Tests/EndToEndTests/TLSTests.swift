import Foundation
import Testing

/// How the server speaks over TLS, seen by curl.
@Suite(.server)
struct TLSTests {
    /// Runs curl against the server, trusting `certificate` alone.
    private func curl(_ server: ServerProcess, _ certificate: Certificate, _ arguments: [String], path: String) throws
        -> String
    {
        let arguments = ["curl", "-sS", "--cacert", certificate.path] + arguments
        return try ProgramResult.run(arguments + ["https://127.0.0.1:\(server.port)\(path)"]).success(of: arguments)
    }

    /// Waits until `condition` holds, which it must before long.
    private func wait(_ condition: () -> Bool) {
        let holds = eventually(within: .seconds(10), condition)
        #expect(holds)
    }

    /// Makes a bucket, and gives its path.
    private func makeBucket(_ server: ServerProcess, _ certificate: Certificate) throws -> String {
        "/" + (try curl(server, certificate, ["-d", "email=user@example.com"], path: "/"))
    }

    @Test func bothVersionsOfHTTPAreSpoken() async throws {
        let folder = try TemporaryFolder()
        let certificate = try Certificate(folder, "first")
        let server = try ServerProcess(data: folder.file("data"), certificate.flags)
        #expect(server.process.output.contains("serves https://127.0.0.1:\(server.port)\n"))
        let bucket = try makeBucket(server, certificate)
        for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
            let written = try curl(
                server, certificate, [flag, "-X", "PUT", "-d", version, "-w", "%{http_version}"], path: "\(bucket)/k")
            #expect(written == version)
            #expect(try curl(server, certificate, [flag], path: "\(bucket)/k") == version)
            let large = try curl(
                server, certificate, [flag, "-d", String(repeating: "x", count: 20_000), "-w", "%{http_code}"],
                path: "\(bucket)/k")
            #expect(large.hasSuffix("400"))
            let field = "X-Large: " + String(repeating: "x", count: 40_000)
            let refused = try curl(server, certificate, [flag, "-H", field, "-w", "%{http_code}"], path: "\(bucket)/k")
            #expect(refused == "the request line and header fields are too large; send fewer or shorter ones\n431")
        }
        let plain = try Client(port: server.port).get("\(bucket)/k")
        #expect(plain.status == 400)
        #expect(plain.text.contains("https://"))
        #expect(try server.stop() == .code(0))
    }

    @Test func listsAndEventsAreStreamedOverHTTP2AndAStopEndsThemInGoodOrder() async throws {
        let folder = try TemporaryFolder()
        let certificate = try Certificate(folder, "first")
        let server = try ServerProcess(data: folder.file("data"), certificate.flags)
        let bucket = try makeBucket(server, certificate)
        let names = (0..<400).map { "key-\($0 + 1000)" }
        let value = String(repeating: "v", count: 2000)
        let operations = names.map { #"{"set":"\#($0)","value":"\#(value)"}"# }.joined(separator: ",")
        try Data(#"{"txn":[\#(operations)]}"#.utf8).write(to: URL(fileURLWithPath: folder.file("txn")))
        _ = try curl(server, certificate, ["--data-binary", "@" + folder.file("txn")], path: bucket)
        let list = try curl(server, certificate, ["--http2"], path: "\(bucket)/?values=true")
        #expect(list == names.map { "\($0)=\(value)\n" }.joined())

        let watch = try ChildProcess([
            "curl", "-sSN", "--http2", "--cacert", certificate.path,
            "https://127.0.0.1:\(server.port)\(bucket)/?watch=true&values=true",
        ])
        wait { watch.output.contains("id: ") }
        _ = try curl(server, certificate, ["-X", "PUT", "-d", "news"], path: "\(bucket)/seen")
        wait { watch.output.contains(#""value":"news""#) }
        #expect(try server.stop() == .code(0))
        #expect(try watch.wait(upTo: .seconds(10)) == .code(0), "\(watch.errorOutput)")
    }

    @Test func aHangUpSwapsTheCertificateAndOneThatCanNotBeReadIsRefused() async throws {
        let folder = try TemporaryFolder()
        let first = try Certificate(folder, "first")
        let second = try Certificate(folder, "second")
        let server = try ServerProcess(data: folder.file("data"), first.flags)
        let bucket = try makeBucket(server, first)
        let files = FileManager.default
        try files.removeItem(atPath: first.path)
        try files.copyItem(atPath: second.path, toPath: first.path)
        server.process.signal(SIGHUP)
        // The certificate is another's by now, the key is not.
        wait { server.process.errorOutput.contains("the old certificate stays") }
        try files.removeItem(atPath: first.keyPath)
        try files.copyItem(atPath: second.keyPath, toPath: first.keyPath)
        server.process.signal(SIGHUP)
        wait { server.process.errorOutput.contains("was reloaded") }
        #expect(try curl(server, second, ["-w", "%{http_code}"], path: "\(bucket)/").hasSuffix("200"))
        #expect(try server.stop() == .code(0))
    }

    @Test func aHangUpWithoutTLSChangesNothing() async throws {
        try await withServer { server in
            server.process.signal(SIGHUP)
            wait { server.process.errorOutput.contains("no certificate to reload") }
            let response = try server.client.send("POST", "/")
            #expect(response.status == 200)
        }
    }

    @Test func whatCanNotBeServedWithIsSaidInOneLine() throws {
        let folder = try TemporaryFolder()
        let first = try Certificate(folder, "first")
        let second = try Certificate(folder, "second")
        func failure(_ flags: [String], code: Int32 = 1) throws -> String {
            let arguments = ["serve", "--port", "0", "--data", folder.file("data")] + flags
            return try Kvick.run(arguments).failure(of: arguments, named: "kvick", code: code)
        }
        #expect(try failure(["--tls-cert", first.path], code: 64).contains("tls-key"))
        #expect(try failure(["--tls-key", first.keyPath], code: 64).contains("tls-cert"))
        let missing = folder.file("missing")
        #expect(try failure(["--tls-cert", missing, "--tls-key", first.keyPath]).contains("No such file"))
        #expect(try failure(["--tls-cert", first.path, "--tls-key", first.path]).contains("no private key"))
        #expect(
            try failure(["--tls-cert", first.path, "--tls-key", second.keyPath]).contains("is not the private key"))
        // Nothing was made before that was found out.
        #expect(!FileManager.default.fileExists(atPath: folder.file("data")))
    }
}
