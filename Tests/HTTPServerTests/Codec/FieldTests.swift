import Testing

@testable import HTTPServer

@Suite struct FieldTests {
    private func outcome(_ fields: String) -> HeadOutcome? {
        HeadOutcome.both("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
    }

    @Test(arguments: [
        "a:\r\n", "a: b\r\n", "a:b\r\n", "a: \t b \t \r\n", "a: \u{e4}\u{20ac}\r\n", "A-b_c.d!~: \"x\"; y=z, (w)\r\n",
        "a: b: c\r\n", "a:\tb\tc\r\n",
    ])
    func `A valid field is taken`(field: String) {
        #expect(outcome(field)?.head != nil)
    }

    @Test(arguments: [
        "a : b\r\n", "a\t: b\r\n", ": b\r\n", ":\r\n", "a\r\n", "a b: c\r\n", "a\"b: c\r\n", "\u{e4}: b\r\n",
        "a\0: b\r\n",
        "a: b\0\r\n", "a: \u{1}\r\n", "a: b\u{7f}\r\n", "a: b\u{b}\r\n", "a: b\u{1b}[0m\r\n", "a: b\rc\r\n",
        "a: b\r\r\n",
        "\ra: b\r\n", "a(b): c\r\n", "a/b: c\r\n", "a@b: c\r\n", "=: c\r\n",
    ])
    func `A malformed field is rejected`(field: String) {
        #expect(outcome(field)?.failure == .malformedField)
    }

    @Test(arguments: ["a: b\r\n c\r\n", "a: b\r\n\tc\r\n", "a: b\r\n \r\n", " a: b\r\n", "a:\r\n b: c\r\n"])
    func `A field over two lines is rejected`(field: String) {
        #expect(outcome(field)?.failure == .foldedField)
    }

    @Test(arguments: ["a: b\n", "a: b\nc: d\r\n", "\n"])
    func `A bare LF is rejected`(field: String) {
        #expect(outcome(field)?.failure == .malformedLineEnd)
    }

    @Test func `A bare LF at the end of the request line or the head is rejected`() {
        #expect(HeadOutcome.both("GET / HTTP/1.1\nHost: x\r\n\r\n")?.failure == .malformedLineEnd)
        #expect(HeadOutcome.both("GET / HTTP/1.1\r\nHost: x\r\n\n")?.failure == .malformedLineEnd)
    }

    @Test func `White space before the first field is rejected`() {
        #expect(HeadOutcome.both("GET / HTTP/1.1\r\n Host: x\r\n\r\n")?.failure == .foldedField)
    }

    @Test(arguments: 1...31)
    func `Control characters are rejected everywhere but a tab in a value`(code: UInt8) {
        let control = String(UnicodeScalar(code))
        guard code != 10, code != 13 else { return }
        #expect((outcome("a: b\(control)c\r\n")?.head != nil) == (code == 9))
        #expect(outcome("a\(control)b: c\r\n")?.failure == .malformedField)
        #expect(HeadOutcome.both("GET /\(control) HTTP/1.1\r\nHost: x\r\n\r\n")?.failure?.status == .badRequest)
    }

    @Test func `A head that ends early is incomplete`() {
        let text = "GET / HTTP/1.1\r\nHost: x\r\na: b\r\n\r\n"
        for count in 0..<text.utf8.count {
            #expect(HeadOutcome.both(Array(text.utf8.prefix(count))) == .incomplete)
        }
        #expect(HeadOutcome.both(text)?.head?.taken == text.utf8.count)
    }

    @Test func `A head of the most bytes is taken and one byte more is rejected`() {
        let text = "GET / HTTP/1.1\r\nHost: x\r\na: bcdefgh\r\n\r\n"
        #expect(HeadOutcome.both(text, maximumSize: text.utf8.count)?.head != nil)
        #expect(HeadOutcome.both(text, maximumSize: text.utf8.count - 1)?.failure == .headTooLarge)
        #expect(ProtocolFailure.headTooLarge.status.code == 431)
    }

    @Test func `A head is rejected as soon as it is too large, wherever its lines end`() {
        let start = "GET / HTTP/1.1\r\nHost: x\r\n"
        #expect(
            HeadOutcome.both(start + "a: " + String(repeating: "b", count: 200), maximumSize: 100)?.failure
                == .headTooLarge)
        #expect(
            HeadOutcome.both("GET /" + String(repeating: "b", count: 200), maximumSize: 100)?.failure == .headTooLarge)
        let many = start + String(repeating: "a: b\r\n", count: 50)
        #expect(HeadOutcome.both(many, maximumSize: 100)?.failure == .headTooLarge)
    }
}
