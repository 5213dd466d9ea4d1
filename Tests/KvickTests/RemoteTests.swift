import KOTAPI
import NIOCore
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

    @Test func aCertificateForAnotherNameLeavesNoDoubtOfWhatIsDone() throws {
        let server = try #require(ServerURL("https://127.0.0.1:1"))
        let failure = ConnectionFailure.failure(NIOSSLExtraError.failedToValidateHostname, server: server)
        #expect(
            failure.description
                == "can't speak TLS with https://127.0.0.1:1; is it http://, or is its certificate not trusted here?")
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
}
