import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import HTTPServer

@Suite struct TLSConnectionTests {
    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Runs `body` with a server that has the first test certificate.
    private func withTLS(
        _ handler: TestHandler = TestHandler(), configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (HTTPServer, ServerTLS, TestCertificates) async throws -> Void
    ) async throws {
        let certificates = try TestCertificates()
        let tls = try certificates.tls()
        try await withServer(
            handler,
            configure: {
                $0.tls = tls
                configure(&$0)
            }
        ) { server in try await body(server, tls, certificates) }
    }

    private func certificate(_ text: String) throws -> NIOSSLCertificate? {
        try NIOSSLCertificate.fromPEMBytes(Array(text.utf8)).first
    }

    @Test func `HTTP/1.1 is spoken where nothing else is agreed on, request after request`() async throws {
        try await withTLS { server, _, _ in
            let client = try await TestClient(server, tls: true)
            #expect(try await client.answer(to: get, endingIn: "/")?.code == 200)
            try await client.send(get + get)
            #expect(await client.text { $0.occurrences(of: "HTTP/1.1 200") == 3 }.hasSuffix("\r\n\r\n/"))
            #expect(!client.isEnded)
        }
    }

    @Test func `A large last answer comes whole before the connection ends in good order`() async throws {
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 3_000_000)
        let handler = TestHandler { _, _ in .ready(Response(status: .ok, body: .bytes(body))) }
        try await withTLS(handler) { server, _, _ in
            let client = try await TestClient(server, tls: true)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(await eventually { client.isEnded })
            #expect(client.count > 3_000_000)
            #expect(!client.isReset)
            #expect(try await eventually { try await server.bodies.count == 0 })
        }
    }

    @Test func `A client that has closed its side is answered`() async throws {
        try await withTLS { server, _, _ in
            let client = try await TestClient(server, tls: true)
            try await client.send(get)
            try await client.channel.close(mode: .output).get()
            #expect(await client.textToEnd().hasSuffix("\r\n\r\n/"))
        }
    }

    @Test(arguments: [["h2"], []])
    func `A connection that is reset as it begins gives its place back`(protocols: [String]) async throws {
        try await withTLS { server, _, _ in
            for _ in 0..<30 {
                let client = try await TestClient(server, tls: true, protocols: protocols)
                #expect(try await eventually { try await client.certificate != nil })
                try await client.reset()
            }
            #expect(try await eventually { try await server.statistics.openConnections == 0 })
            #expect(try await server.statistics.acceptedConnections == 30)
        }
    }

    @Test func `A client that speaks without TLS is told so`() async throws {
        try await withTLS { server, _, _ in
            let client = try await TestClient(server)
            try await client.send(get)
            let text = await client.textToEnd()
            #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(text.hasSuffix("\r\n\r\nthis port speaks TLS; use https://\n"))
            #expect(!client.isReset)
            #expect(
                try await server.statistics.answered == [
                    .init(kind: "invalid", method: "other", status: 400, count: 1)
                ])
            try await client.close()
            let other = try await TestClient(server)
            try await other.send("\u{1}\u{2}")
            #expect(await other.textToEnd() == "")
        }
    }

    @Test func `A handshake that does not end does not hold its place`() async throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.handshakeTimeout = .milliseconds(1500)
            $0.maxConnections = 1
        }
        try await withTLS(configure: configure) { server, _, _ in
            // It sends the beginning of a TLS record and no more.
            let idle = try await TestClient(server)
            try await idle.send("\u{16}")
            #expect(try await eventually { try await server.statistics.openConnections == 1 })
            let refused = try await TestClient(server, tls: true)
            #expect(try await refused.answer(to: get, endingIn: "\n")?.code == 503)
            #expect(await eventually { idle.isEnded && refused.isEnded })
            try await refused.close()
            #expect(
                try await eventually {
                    let client = try await TestClient(server, tls: true)
                    return try await client.answer(to: get, endingIn: "/")?.code == 200
                })
        }
    }

    @Test func `A shutdown ends handshakes and idle connections`() async throws {
        try await withTLS(configure: { $0.shutdownGrace = .seconds(60) }) { server, _, _ in
            let beginning = try await TestClient(server)
            try await beginning.send("\u{16}")
            let idle = try await TestClient(server, tls: true)
            _ = try await idle.answer(to: get, endingIn: "/")
            await server.shutdown()
            #expect(await eventually { beginning.isEnded && idle.isEnded })
        }
    }

    @Test func `New connections have the certificate that was read last, old ones go on`() async throws {
        try await withTLS { server, tls, certificates in
            let first = try certificate(TestCertificates.first.certificate)
            let second = try certificate(TestCertificates.second.certificate)
            let old = try await TestClient(server, tls: true)
            _ = try await old.answer(to: get, endingIn: "/")
            #expect(try await old.certificate == first)
            certificates.write(TestCertificates.second.certificate, to: certificates.certificatePath)
            #expect(throws: ServerTLSError.self) { try tls.reload() }
            let same = try await TestClient(server, tls: true)
            _ = try await same.answer(to: get, endingIn: "/")
            #expect(try await same.certificate == first)
            certificates.write(TestCertificates.second.key, to: certificates.keyPath)
            try tls.reload()
            let new = try await TestClient(server, tls: true)
            _ = try await new.answer(to: get, endingIn: "/")
            #expect(try await new.certificate == second)
            try await old.send(get)
            #expect(await old.text { $0.occurrences(of: "HTTP/1.1 200") == 2 }.hasSuffix("/"))
        }
    }
}

@Suite struct ServerTLSTests {
    private func failure(certificate: String? = nil, key: String? = nil) throws -> String? {
        let files = try TestCertificates()
        if let certificate { files.write(certificate, to: files.certificatePath) }
        if let key { files.write(key, to: files.keyPath) }
        do throws(ServerTLSError) {
            _ = try ServerTLS(certificatePath: files.certificatePath, keyPath: files.keyPath)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `Files that can't be used are named with what is wrong`() throws {
        #expect(try failure() == nil)
        #expect(
            try failure(certificate: TestCertificates.first.certificate + TestCertificates.second.certificate) == nil)
        #expect(try failure(certificate: "")?.contains("certificate.pem is empty") == true)
        #expect(try failure(certificate: "junk")?.contains("no certificate in PEM") == true)
        #expect(try failure(certificate: TestCertificates.first.key)?.contains("no certificate in PEM") == true)
        #expect(try failure(key: "")?.contains("key.pem is empty") == true)
        #expect(try failure(key: "junk")?.contains("no private key in PEM") == true)
        #expect(try failure(key: TestCertificates.encryptedKey)?.contains("is encrypted") == true)
        #expect(try failure(key: TestCertificates.second.key)?.contains("is not the private key of") == true)
        let large = String(repeating: "x", count: 1 << 21)
        #expect(try failure(certificate: large)?.contains("larger than 1 MiB") == true)
        #expect(throws: ServerTLSError.self) { try ServerTLS(certificatePath: "/nowhere", keyPath: "/nowhere") }
    }
}
