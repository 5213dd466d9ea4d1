/// Writes the bytes of a connection: requests that are mostly valid, with here and there a part as those write it who want
/// to be read in two ways. The last request is always a plain one.
struct RequestGenerator {
    private var generator: SeededGenerator
    private var text: [UInt8] = []

    init(seed: UInt64) {
        generator = SeededGenerator(state: seed)
    }

    mutating func connection() -> [UInt8] {
        text = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) { addRequest() }
        if chance(4) { text = text.mutated(with: &generator) }
        return text + Array("GET /last HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    }

    // MARK: - Choices

    private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }

    private mutating func one(of choices: [String]) -> String { choices.randomElement(using: &generator) ?? "" }

    /// One of the first, and seldom one of the second.
    private mutating func add(_ plain: [String], or odd: [String]) {
        text += Array(one(of: chance(60) ? odd : plain).utf8)
    }

    private mutating func addLineEnd() {
        add(["\r\n"], or: ["\n", "\r", "\r\r\n", "\n\r\n", " \r\n", "\t\r\n", "\0\r\n", "\r\n\r\n", "", "\u{b}\r\n"])
    }

    // MARK: - Parts of a request

    private mutating func addRequest() {
        add([""], or: ["\r\n", "\n", "\r\n\r\n", " ", "\0"])
        add(
            ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"],
            or: [
                "get", "G", "FOO", "CONNECT", "PRI", "TRACE", "M-SEARCH", "QUERY", "GET\t", "G\0T", "GET:", "\"GET\"",
                "", " GET", "SOURCE", "DESCRIBE", "!#$%&'*+-.^_`|~09",
            ])
        add([" "], or: ["  ", "\t", "", "\r", "\u{b}", "\u{c}"])
        add(
            ["/", "/a", "/a?b=c", "http://h/a", "http://h", "https://h:1?q"],
            or: [
                "*", "", "a", "/\u{e4}", "/\0", "/a\u{1}", "/a#b", "/\u{7f}", "h:80", "//a", "http:///a", "http://u@h/",
                "http://[::1]:80/", "/a b", "/a\tb", "ftp://h/", "/a|b\"<>\\^`{}", "/?", "HTTP://h/a?b?c", "http://h:/",
                "http://a_b~!$&'()*+,;=/", "http://%41/", "ws://h/",
            ])
        add([" "], or: ["  ", "\t", "", "\r", "\u{c}"])
        add(
            ["HTTP/1.1"],
            or: [
                "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/1", "http/1.1", "HTTP/1.1 ", "HTTP/01.1", "",
                "HTTP/1.10",
                "ICE/1.0", "RTSP/1.0", "HTTP/3.0",
            ])
        addLineEnd()
        addFieldsAndBody()
    }

    private mutating func addFieldsAndBody() {
        let bodies = ["", "length", "chunked"]
        let body = one(of: bodies)
        addField(["Host"], [["x", "h:80", "[::1]"]], or: ["", "a b", "x, y", "x\0", "u@h", "a/b"])
        if Bool.random(using: &generator) { addOtherField() }
        if body == "length" { addLength() }
        if body == "chunked" { addCoding() }
        // Framing that is told twice.
        if chance(60) { addLength() }
        if chance(60) { addCoding() }
        if Bool.random(using: &generator) { addOtherField() }
        addLineEnd()
        if body == "length" { add(["hello"], or: ["hell", "hello!", ""]) }
        if body == "chunked" { addChunks() }
    }

    private mutating func addField(_ names: [String], _ plain: [[String]], or odd: [String]) {
        add(
            names,
            or: names.flatMap {
                ["\($0) ", " \($0)", "\($0)\t", "\($0)\0", "\($0)\r", $0.lowercased(), "\"\($0)\"", ""]
            })
        add([":"], or: ["", "::", " :", ";", "\r\n:"])
        add([" "], or: ["", "\t", "  ", "\r\n ", "\0", "\u{b}", "\n", "\r"])
        add(plain.flatMap { $0 }, or: odd)
        add([""], or: [" ", "\t ", "\0", "\u{b}", "\u{c}", "\u{a0}"])
        addLineEnd()
    }

    private mutating func addOtherField() {
        addField(
            ["A", "Accept", "X-Content-Length", "Connection", "Expect"],
            [["", "b", "a b", "a, b", "\"a\"", "chunked", "5"]],
            or: [
                "close", "keep-alive", "upgrade", "\u{1}", "\u{7f}", "\u{e4}", "b\r\n c", "b\r\n\tc", "b\nc", "b\rc",
                "b\0c",
                "100-continue", "content-length", "transfer-encoding", "close, upgrade", "keep-alive, close",
            ])
        if chance(60) { text += Array("Upgrade: h2c\r\nConnection: upgrade\r\n".utf8) }
        if chance(60) {
            addField(["Proxy-Connection", "Keep-Alive", "TE", "Trailer"], [["close", "keep-alive"]], or: ["a"])
        }
    }

    private mutating func addLength() {
        addField(
            ["Content-Length"], [["5"]],
            or: [
                "", "05", "+5", "-5", "5,5", "5, 5", "5 5", "0x5", "5.0", "5;", "a", "\"5\"", "5\u{b}",
                "18446744073709551621",
                "9223372036854775813", "4294967301", "6", "0", "\u{665}", "5\r\n 5", "5_0",
            ])
    }

    private mutating func addCoding() {
        addField(
            ["Transfer-Encoding"], [["chunked"]],
            or: [
                "Chunked", "CHUNKED", "", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity",
                "chunked, identity",
                "identity, chunked", "xchunked", "chunked;a=b", "\"chunked\"", "chunked,", ",chunked", "chunke",
                "chunked\0",
                "\u{b}chunked", "chunked\u{b}", "ch\r\n unked", "gzip\r\n chunked", "chun ked", "'chunked'",
            ])
    }

    private mutating func addChunks() {
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            add(
                ["5", "05"],
                or: [
                    "0x5", "+5", "-5", "5_", " 5", "4", "6", "1000000000000005", "00000000000000000005", "", "\0", "5.",
                    "g",
                ])
            addExtension()
            addLineEnd()
            add(["hello"], or: ["hell", "hello!", "he\r\nl", ""])
            addLineEnd()
        }
        add(["0", "00"], or: ["", "0x0", "-0", "+0", " 0", "000000000000000000000"])
        addExtension()
        addLineEnd()
        if chance(4) {
            addField(["A", "Content-Length", "Transfer-Encoding"], [["5", "chunked"]], or: ["", "\0", "a\r\n b"])
        }
        addLineEnd()
    }

    private mutating func addExtension() {
        add(
            ["", "", ";a", ";a=b", ";a=\"b;c\"", ";a=b;c"],
            or: [
                " ", "\t", " ;a", ";", "; a", ";a =b", ";a= b", ";a=", ";=b", ";a=\"b", ";a=\"\\\"\"", ";a=\"\r\n\"",
                ";a=\n",
                ";a\0", ";a\u{e4}", ";a=\"\u{e4}\"", ";a b", ";a=b c", ";a;", ";;a", ";a=\"b\"c", ";a,b", ";a=\u{1}",
                "\r", "a",
            ])
    }
}
