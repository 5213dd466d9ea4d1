import Testing

@testable import HTTPServer

@Suite struct FramingTests {
    private func outcome(_ fields: String, version: String = "1.1") -> HeadOutcome? {
        HeadOutcome.both("POST / HTTP/\(version)\r\nHost: x\r\n\(fields)\r\n")
    }

    private func framing(_ fields: String) -> BodyFraming? {
        outcome(fields)?.head?.framing
    }

    @Test func `A body is as long as is stated`() {
        #expect(framing("") == BodyFraming.none)
        #expect(framing("Content-Length: 0\r\n") == BodyFraming.none)
        #expect(framing("Content-Length: 5\r\n") == .length(5))
        #expect(framing("content-LENGTH:\t005 \r\n") == .length(5))
        #expect(framing("Content-Length: \(Int.max)\r\n") == .length(Int.max))
        #expect(framing("Transfer-Encoding: chunked\r\n") == .chunked)
        #expect(framing("transfer-encoding:CHUNKED\r\n") == .chunked)
    }

    @Test(arguments: [
        "", "+5", "-5", "5 5", "5,5", "5, 5", "0x5", "5.0", "5e1", "a", "5a", "\u{665}", "9223372036854775808",
        "18446744073709551616", "99999999999999999999999999999999999999",
    ])
    func `A malformed Content-Length is rejected`(length: String) {
        #expect(outcome("Content-Length: \(length)\r\n")?.failure == .malformedContentLength)
    }

    @Test(arguments: [("5", "5"), ("5", "6"), ("0", "0")])
    func `Two Content-Lengths are rejected`(first: String, second: String) {
        #expect(
            outcome("Content-Length: \(first)\r\nContent-Length: \(second)\r\n")?.failure == .repeatedContentLength)
    }

    @Test func `Content-Length with Transfer-Encoding is rejected in either order`() {
        #expect(outcome("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")?.failure == .ambiguousFraming)
        #expect(outcome("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")?.failure == .ambiguousFraming)
    }

    @Test func `Transfer-Encoding in HTTP 1.0 is rejected`() {
        #expect(outcome("Transfer-Encoding: chunked\r\n", version: "1.0")?.failure == .ambiguousFraming)
    }

    @Test(arguments: [
        "gzip, chunked", "identity", "gzip", "chunked, gzip", "chunked;q=1", "xchunked", "\"chunked\"", "chunke",
    ])
    func `Another transfer coding is not implemented`(codings: String) {
        #expect(outcome("Transfer-Encoding: \(codings)\r\n")?.failure == .unsupportedTransferCoding)
        #expect(ProtocolFailure.unsupportedTransferCoding.status.code == 501)
    }

    @Test(arguments: [
        "", ",", "chunked, chunked", "chunked,", ",chunked", "gzip, chunked, chunked", "chunked,,chunked",
    ])
    func `A malformed Transfer-Encoding is rejected`(codings: String) {
        #expect(outcome("Transfer-Encoding: \(codings)\r\n")?.failure == .malformedTransferEncoding)
    }

    @Test func `Transfer-Encoding over two fields counts as one list`() {
        let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
        #expect(outcome(twice)?.failure == .malformedTransferEncoding)
        let mixed = "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
        #expect(outcome(mixed)?.failure == .unsupportedTransferCoding)
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "Connection: x, Close\r\n", false),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false), ("1.1", "Connection: closed\r\n", true),
        ("1.0", "", false), ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ])
    func `The connection goes on as the client asks`(version: String, fields: String, isPersistent: Bool) {
        #expect(outcome(fields, version: version)?.head?.isPersistent == isPersistent)
    }

    @Test func `Only the expectation of 100-continue is known, and only in HTTP 1.1`() {
        #expect(outcome("Expect: 100-Continue\r\n")?.head?.expectsContinue == true)
        #expect(outcome("")?.head?.expectsContinue == false)
        #expect(outcome("Expect: 100-continue\r\n", version: "1.0")?.head?.expectsContinue == false)
        for expectation in ["", "200-ok", "100-continue, x", "100"] {
            #expect(outcome("Expect: \(expectation)\r\n")?.failure == .unsupportedExpectation)
            #expect(outcome("Expect: \(expectation)\r\n", version: "1.0")?.head != nil)
        }
        #expect(ProtocolFailure.unsupportedExpectation.status.code == 417)
    }
}
