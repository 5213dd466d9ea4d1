import AsyncHTTPClient
import Foundation
import KOTAPI
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

@testable import kvick

/// What goes to a server, and what comes from it.
struct RemoteTests {
    @Test(arguments: [
        ("http://localhost:5000", "http://localhost:5000"), ("https://kot.example/", "https://kot.example"),
        ("http://127.0.0.1:5000/under/", "http://127.0.0.1:5000/under"), ("http://[::1]:5000", "http://[::1]:5000"),
    ])
    func anAddressLosesItsLastSlash(_ text: String, _ description: String) {
        #expect(ServerURL(text)?.description == description)
    }

    @Test(arguments: [
        "", "localhost", "localhost:5000", "ftp://localhost", "http://", "http:///path", "http://a?b=c", "http://a#b",
        "http://:secret@a", "/path",
        "http://localhost:65536", "http://127.0.0.1:0", "http://localhost:port",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(ServerURL(text) == nil)
    }

    @Test(arguments: [
        ("https://kot.example/a", "kot.example", 443, "http://kot.example:443/a"),
        ("http://[::1]:5000", "::1", 5000, "https://[::1]:5000"), ("http://h", "h", 80, "https://h:80"),
    ])
    func anAddressHasAHostAPortAndAnotherScheme(_ text: String, _ host: String, _ port: Int, _ other: String) throws {
        let server = try #require(ServerURL(text))
        #expect(server.host == host && server.port == port && server.withOtherScheme == other)
    }

    @Test func requestsSayWhatSentThem() async throws {
        let server = try #require(ServerURL("http://127.0.0.1:1"))
        let request = try await RemoteConnection.with(server) { $0.request("/") }
        #expect(request.headers["User-Agent"] == ["kvick/\(Version.number)"])
    }

    @Test func aCertificateForAnotherNameLeavesNoDoubtOfWhatIsDone() throws {
        let server = try #require(ServerURL("https://127.0.0.1:1"))
        let failure = try #require(TLSFailure(NIOSSLExtraError.failedToValidateHostname))
        #expect(
            failure.text(server: server, authorities: nil)
                == "the certificate of https://127.0.0.1:1 is not for 127.0.0.1; give a name that it is for in --url")
    }

    @Test(arguments: [
        (TLSFailure.notTrusted, CommandFailure.Kind.untrusted), (.anotherName, .untrusted), (.notSpoken, .unavailable),
        (.ended(.now), .unavailable),
    ])
    func whoIsNotKnownToBeTheServerIsToldFromOneThatIsAway(_ failure: TLSFailure, _ kind: CommandFailure.Kind) {
        #expect(failure.kind == kind)
        #expect(CommandFailure("", kind).exitCode.rawValue == 5)
    }

    @Test func aCertificateThatIsNotTrustedIsJudgedByItsTime() throws {
        let pem = """
            -----BEGIN CERTIFICATE-----
            MIIBGjCBwQIUBl1287LhIQDm9ln8F0waO5NZmWAwCgYIKoZIzj0EAwIwEDEOMAwG
            A1UEAwwFa3ZpY2swHhcNMjYxMTIyMTcxMDA4WhcNMjYxMTI0MTcxMDA4WjAQMQ4w
            DAYDVQQDDAVrdmljazBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGwXVX++VEq3
            KD8oPdZ5CBmglrnaUzST0y2Sou7Yd8WQx4zPcg4d2LZ6rxh/JqZd4OYoOc/snAAu
            srnYHwWAbU8wCgYIKoZIzj0EAwIDSAAwRQIhALzFzDpDCuTA4lnzsAbexBrxD6XP
            2lOQx1RcHTkMW1gGAiALYyNhZGs9cY+LmzRKmQXM/4CJAKcvDVB3Q18RnZyFtQ==
            -----END CERTIFICATE-----
            """
        let certificate = try #require(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).first)
        let begin = Date(timeIntervalSince1970: Double(certificate.notValidBefore))
        let end = Date(timeIntervalSince1970: Double(certificate.notValidAfter))
        let failure = { TLSFailure.notTrusted.explained(by: certificate, now: $0) }
        #expect(failure(begin - 1) == .notBegun(begin) && failure(end + 1) == .ended(end))
        #expect(failure(begin + 1) == .notTrusted && TLSFailure.notTrusted.explained(by: nil) == .notTrusted)
        #expect(TLSFailure.anotherName.explained(by: certificate, now: end + 1) == .anotherName)
    }

    @Test func anOutageIsToldOnceForEachReason() {
        var outage = Outage()
        let lines = ["broke; it may be done", "broke; try", "refused", "refused", "broke"].map {
            outage.line(for: CommandFailure($0, .unavailable))
        }
        let broke = "kvick: broke; connecting again\n"
        #expect(lines == [broke, nil, "kvick: refused; connecting again\n", nil, broke])
    }

    @Test(arguments: [
        "<center>The plain HTTP request was sent to HTTPS port</center>", "this port speaks TLS; use https://",
    ])
    func aServerOfTLSIsKnownByItsWords(_ words: String) {
        #expect(TLSFailure.isAnsweredByTLS(words))
        #expect(!TLSFailure.isAnsweredByTLS("the body must be a number"))
    }

    @Test func parametersAreOneObject() {
        var body = RequestBody(database: "d\"b")
        body.json("value", Array(#"{"a":1}"#.utf8))
        body.storage(KOTStorage(encryptionKey: "s", compress: true))
        #expect(
            String(buffer: body.bytes)
                == #"{"database_name":"d\"b","value":{"a":1},"encryption_key":"s","compress":true}"#)
        #expect(String(buffer: RequestBody().bytes) == "{}")
        var empty = RequestBody()
        empty.storage(KOTStorage())
        empty.list("keys", [String]()) { key, writer in writer.string(key) }
        #expect(String(buffer: empty.bytes) == #"{"keys":[]}"#)
    }

    @Test func anEntryIsAKeyWithAValueOrBytes() throws {
        let value = try EntryLine(Array(#"{"key":"k","value":{"a":[1]}}"#.utf8))
        #expect(value.key == "k" && value.value == .json(Array(#"{"a":[1]}"#.utf8)) && !value.isEnd)
        let bytes = try EntryLine(Array(#"{"key":"k","base64":"AP8="}"#.utf8))
        #expect(bytes.value == .bytes([0, 255]))
        let end = try EntryLine(Array(#"{"end":true,"records":2,"sealing":"AAECAwQFBgcICQoLDA0ODw=="}"#.utf8))
        #expect(end.isEnd && end.key == nil && end.sealing == KOTSealing((0..<16).map { UInt8($0) }))
    }

    @Test(arguments: ["", "<html>", "[]", #"{"key":1}"#, #"{"key":"k","base64":"%"}"#, #"{"key":"k"} x"#])
    func aLineThatIsNoEntryIsRefused(_ line: String) {
        #expect(throws: CommandFailure.self) { try EntryLine(Array(line.utf8)) }
    }

    @Test(arguments: 1...7)
    func linesComeWholeHoweverTheirBytesCome(_ pieceSize: Int) throws {
        var lines: [String] = []
        var splitter = LineSplitter()
        var rest = Array("one\n\nthree é\nrest".utf8)[...]
        while !rest.isEmpty {
            splitter.append(rest.prefix(pieceSize))
            rest = rest.dropFirst(pieceSize)
            while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(lines == ["one", "", "three é"])
        #expect(splitter.hasRest)
        splitter.append([UInt8(ascii: "\n")])
        #expect(try splitter.next() == Array("rest".utf8))
        #expect(!splitter.hasRest)
    }

    /// Nothing is sent.
    @Test(arguments: [
        ("text/html; charset=utf-8", HTTPResponseStatus.notFound, CommandFailure.Kind.other, "is it a Kvick server?"),
        ("text/html", .badGateway, .unavailable, "502 Bad Gateway"),
        ("text/plain", .notFound, .notFound, "<no key>"),
    ])
    func aPageForBrowsersIsNoAnswerAboutAKey(
        _ type: String, _ status: HTTPResponseStatus, _ kind: CommandFailure.Kind, _ words: String
    ) async throws {
        let url = try #require(ServerURL("http://127.0.0.1:1"))
        let failure = try await RemoteConnection.with(url) { connection in
            await connection.failure(
                HTTPClientResponse(
                    status: status, headers: ["Content-Type": type], body: .bytes(ByteBuffer(string: "<no\n key>"))))
        }
        #expect(failure.kind == kind)
        #expect(failure.description.contains(words), "\(failure)")
    }
}
