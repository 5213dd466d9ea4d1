import Testing

@testable import HTTPAPI

@Suite("Forms of parts")
struct MultipartFormTests {
    private typealias Part = MultipartForm.Part

    private func parts(_ body: String) throws -> [Part] {
        try parts(Array(body.utf8)[...])
    }

    private func parts(_ body: ArraySlice<UInt8>) throws -> [Part] {
        try MultipartForm(Array(body), contentType: "multipart/form-data; boundary=X").parts
    }

    private func part(_ head: String, _ body: String = "v") -> String { "--X\r\n\(head)\r\n\r\n\(body)\r\n--X--" }

    @Test("Parts have a name and bytes, and files are told from fields")
    func fields() throws {
        let body =
            "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
            + "--X\r\nContent-Type: text/plain\r\ncontent-disposition:form-data;name=b;filename=f.txt\r\n\r\n2\r\n--X--\r\n"
        #expect(
            try parts(body) == [
                Part(name: "a", isFile: false, bytes: Array("1".utf8)),
                Part(name: "b", isFile: true, bytes: Array("2".utf8)),
            ])
    }

    @Test(
        "Bytes come as they were sent, with line ends and dashes of any kind",
        arguments: [
            "", "\r\n", "\r\n\r\n", "-", "--", "a--X", "a\r\n--", "a\n--X\nb", "\r\n-X", "\r\r\n", "a--X--",
            "a\r\n--x\r\nb",
        ])
    func bytes(value: String) throws {
        #expect(
            try parts(part("Content-Disposition: form-data; name=\"k\"", value)).map(\.bytes) == [Array(value.utf8)])
    }

    @Test("A form may have text before and behind it, and no part")
    func surroundings() throws {
        let field = part("Content-Disposition: form-data; name=\"k\"")
        #expect(try parts("before\r\n" + field + "\r\nbehind --X").count == 1)
        #expect(try parts("--X--").isEmpty)
        #expect(try parts("--X  \t\r\nContent-Disposition: form-data; name=k\r\n\r\nv\r\n--X--").map(\.name) == ["k"])
    }

    @Test(
        "A name is that of the field, not what stands in another's quotes",
        arguments: [
            (#"form-data; name="a b""#, "a b", false), (#"form-data; filename="name=x"; name="k""#, "k", true),
            (#"form-data; filename="; name=x"; name=k"#, "k", true), (#"form-data; NAME="k""#, "k", false),
            (#"form-data; name="""#, "", false), (#"form-data; name = "x"; name="k""#, "k", false),
            (#"form-data;  name=k ; x=y"#, "k", false), (#"form-data; filename=""; name=k"#, "k", true),
            (#"form-data; name="ключ""#, "ключ", false), (#"form-data; surname=x; name=k"#, "k", false),
        ])
    func names(disposition: String, name: String, isFile: Bool) throws {
        let parts = try parts(part("Content-Disposition: \(disposition)"))
        #expect(parts.map(\.name) == [name])
        #expect(parts.map(\.isFile) == [isFile])
    }

    @Test(
        "The boundary may stand in quotes, before and behind other parameters",
        arguments: [
            "multipart/form-data; boundary=X", "multipart/form-data; boundary=\"X\"",
            "multipart/form-data;charset=utf-8;boundary=X",
            "multipart/form-data; BOUNDARY=X ; charset=utf-8",
            "multipart/form-data; note=\"boundary=Y; a\"; boundary=X",
        ])
    func boundaries(contentType: String) throws {
        let body = Array(part("Content-Disposition: form-data; name=k").utf8)
        #expect(try MultipartForm(body, contentType: contentType).parts.count == 1)
    }

    @Test(
        "Without a boundary that can be, there is no form",
        arguments: [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=" + String(repeating: "x", count: 71), "multipart/form-data; xboundary=X",
        ])
    func noBoundary(contentType: String) {
        let body = Array(part("Content-Disposition: form-data; name=k").utf8)
        #expect(throws: APIError.self) { try MultipartForm(body, contentType: contentType) }
    }

    @Test("A form that is cut anywhere, or has a part without a name, is refused")
    func malformed() throws {
        let form = Array(part("Content-Disposition: form-data; name=\"k\"").utf8)
        for length in form.indices {
            #expect(throws: APIError.self, "\(length) bytes") { try parts(form.prefix(length)) }
        }
        for body in [
            part("Content-Disposition: form-data"), part("Content-Type: text/plain"), part("nonsense"),
            "--X\r\n\r\nv\r\n--X--", "--X\r\nContent-Disposition: form-data; name=k\r\n--X--", "--Xv\r\n--X--",
            "--X\r\n--X--", part("Content-Disposition: attachment"),
            "\n--X\nContent-Disposition: form-data; name=k\n\nv\n--X--",
        ] {
            #expect(throws: APIError.self, "\(body)") { try parts(body) }
        }
    }

    @Test("A form has at most 1024 parts")
    func count() throws {
        let field = "--X\r\nContent-Disposition: form-data; name=k\r\n\r\nv\r\n"
        #expect(try parts(String(repeating: field, count: 1024) + "--X--").count == 1024)
        #expect(throws: APIError.self) { try parts(String(repeating: field, count: 1025) + "--X--") }
    }

    @Test("Random bytes are never taken for more than they are, nor end the process")
    func randomBytes() {
        let pieces: [[UInt8]] =
            ["--X", "\r\n", "--", "Content-Disposition: form-data; name=k", "\"", ";", "a", "\r", "\n"]
            .map { Array($0.utf8) } + [[0xFF]]
        let contentType = "multipart/form-data; boundary=X"
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let body = (0..<Int.random(in: 0...14, using: &generator)).flatMap { _ in
                pieces.randomElement(using: &generator) ?? []
            }
            guard let form = try? MultipartForm(body, contentType: contentType) else { continue }
            #expect(form.parts.reduce(0) { $0 + $1.bytes.count } <= body.count)
        }
    }
}
