import NIOCore
import Testing

@testable import HTTPServer

@Suite struct ResponseHeadersTests {
    @Test func `Prepared fields come before added ones`() {
        var headers = ResponseHeaders(prepared: PreparedHeaders([("A", "1"), ("B", "2")]))
        headers.add("C", "3")
        headers.add("a", "4")
        #expect(headers.fields.map { "\($0.name)=\($0.value)" } == ["A=1", "B=2", "C=3", "a=4"])
        #expect(headers.first("a") == "1")
        #expect(headers.first("c") == "3")
        #expect(headers.first("d") == nil)
    }

    @Test func `A body that is copied into the memory of the fields stays whole when another is added`() {
        var headers = ResponseHeaders()
        headers.reserveCapacity(256)
        headers.add(entityTag: 1)
        let body = Array("body".utf8).withUnsafeBytes { headers.copy(body: $0) }
        headers.add("A", "2")
        #expect(String(buffer: body) == "body")
        #expect(headers.fields.map { "\($0.name): \($0.value)" } == ["ETag: \"1\"", "A: 2"])
    }

    @Test(arguments: [0, 7, 10, 99, 100, 12_345_678_901, .max] as [UInt64])
    func `An entity tag is a number in quotes`(value: UInt64) {
        var headers = ResponseHeaders()
        headers.add(entityTag: value)
        #expect(headers.fields.map { "\($0.name): \($0.value)" } == ["ETag: \"\(value)\""])
    }

    @Test(arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "a\u{7f}b"])
    func `A value can't begin a field of its own`(value: String) {
        var headers = ResponseHeaders()
        headers.add("A", value)
        #expect(headers.fields.count == 1)
        #expect(headers.first("A")?.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } == true)
    }

    @Test func `A value that is not UTF-8 is sent as it is but for its control characters`() {
        var headers = ResponseHeaders()
        func add(_ value: [UInt8]) { value.withUnsafeBytes { headers.add("A", bytes: $0) } }
        add([0xE4, 0xFF, 0x09, 0x41])
        add([0xE4, 0x0D, 0x0A, 0x00, 0x7F, 0x41])
        add([])
        let head: [UInt8] = [0x41, 0x3A, 0x20]
        let expected: [[UInt8]] = [
            head + [0xE4, 0xFF, 0x09, 0x41, 0x0D, 0x0A], head + [0xE4, 0x20, 0x20, 0x20, 0x20, 0x41, 0x0D, 0x0A],
            head + [0x0D, 0x0A],
        ]
        #expect(Array(headers.added.readableBytesView) == Array(expected.joined()))
    }

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "\u{e4}"])
    func `A field whose name is no token is left out`(name: String) {
        var headers = ResponseHeaders()
        headers.add(name, "x")
        #expect(headers.fields.isEmpty)
    }
}

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func `A date has the form that RFC 9110 prefers`(time: Int, text: String) {
        #expect(HTTPDate.text(time) == text)
    }
}
