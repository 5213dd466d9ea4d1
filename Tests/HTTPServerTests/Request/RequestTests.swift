import NIOCore
import Testing

@testable import HTTPServer

@Suite struct RequestTests {
    private func request(_ headers: [(String, String)] = [], target: String = "/") throws -> Request {
        try Request(method: .get, target: target, headers: headers)
    }

    @Test func `A field is found whatever its case, trimmed, and the first of its name`() throws {
        let request = try request([("X-One", "1"), ("ACCEPT", " \t a/b \t"), ("accept", "c/d"), ("Origin", "")])
        #expect(request.header(.accept) == "a/b")
        #expect(request.headerCount(.accept) == 2)
        #expect(request.header(HeaderName("x-one")) == "1")
        #expect(request.header(HeaderName("origin")) == "")
        #expect(request.header(HeaderName("host")) == "localhost")
    }

    @Test func `A field that is not there is nil, also where another begins or ends as it does`() throws {
        let request = try request([("Accept-Encoding", "x"), ("X-Accept", "x"), ("Accepts", "y"), ("Bccept", "y")])
        #expect(request.header(.accept) == nil)
        #expect(request.headerCount(.accept) == 0)
        #expect(request.withHeaderBytes(.accept) { $0 == nil })
        #expect(request.header(HeaderName("")) == nil)
    }

    @Test func `A name in a value is not a field`() throws {
        let request = try request([("a", "accept: b"), ("accepu", "x:")])
        #expect(request.header(.accept) == nil)
    }

    @Test func `Path and query are the bytes of the target`() throws {
        let request = try request(target: "/a%2Fb/c?d=e%20f?g")
        #expect(request.path == "/a%2Fb/c")
        #expect(request.query == "d=e%20f?g")
        #expect(try self.request(target: "/a").query == nil)
        #expect(try self.request(target: "/a?").query == "")
    }

    @Test func `A request made for a test keeps to the rules`() throws {
        #expect(throws: ProtocolFailure.malformedTarget) { try request(target: "a") }
        #expect(throws: ProtocolFailure.repeatedHost) { try request([("Host", "a"), ("host", "b")]) }
        #expect(throws: ProtocolFailure.malformedRequestLine) { try request(target: "/ HTTP/1.1\r\nHost: x\r\n\r\nx") }
        let body = ByteBuffer(string: "hello")
        let upload = try Request(method: .put, target: "/", body: body)
        #expect(upload.header(HeaderName("content-length")) == "5")
        #expect(upload.body == body)
        #expect(upload.method == .put)
        #expect(!upload.isAbandoned)
    }
}
