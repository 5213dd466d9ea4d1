import HTTPServer
import NIOPosix
import Testing

@testable import KVdbAPI

@Suite("Limits of bodies, by what a request may do")
struct BodyLimitTests {
    private static let large = KVdbOptions().maxTransactionSize
    private static let small = 64 << 10

    private func post(_ target: String, _ headers: [(String, String)] = []) throws -> Request {
        try Request(method: .post, target: target, headers: headers)
    }

    /// Sends more than a small body, and expects the answer to it to be the one to a small body that says the same.
    private func expectRefusal(
        _ status: Int, _ test: TestAPI, _ target: String, _ headers: [(String, String)] = []
    ) async throws {
        let body = #"{"txn":[{"get":"k"}]}"#
        #expect(test.api.bodySizeLimit(for: try post(target, headers)) == Self.small)
        let refusal = try await test.send(.post, target, body + String(repeating: " ", count: Self.small), headers)
        let answer = try await test.send(.post, target, body, headers)
        #expect(refusal.status == status)
        #expect(answer.status == status)
        #expect(refusal.field("WWW-Authenticate") == answer.field("WWW-Authenticate"))
    }

    @Test("A transaction in a bucket that is not there, or was deleted, gets no room and the bucket's answer")
    func missingBuckets() async throws {
        let test = try TestAPI.make()
        try await expectRefusal(404, test, "/nobucket1")
        try await expectRefusal(404, test, "/nobucket1/")
        try await expectRefusal(404, test, "/no.bucket")
        let bucket = try await test.makeBucket("secret_key=s")
        #expect(test.api.bodySizeLimit(for: try post("/\(bucket)")) == Self.large)
        #expect(try await test.send(.delete, "/\(bucket)", "", [basic("s")]).status == 200)
        try await expectRefusal(410, test, "/\(bucket)")
        try await test.close()
    }

    @Test("Where a write may make the bucket, a name that may be chosen has room")
    func openBuckets() async throws {
        var options = KVdbOptions()
        options.opensBuckets = true
        let test = try TestAPI.make(options: options)
        #expect(test.api.bodySizeLimit(for: try post("/nobucket1")) == Self.large)
        try await expectRefusal(404, test, "/short")
        try await expectRefusal(401, test, "/nobucket1", [basic("key")])
        try await test.close()
    }

    @Test("A credential that is not of the bucket gets no room and 401; a key or a token has room")
    func credentials() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket("secret_key=s&read_key=r&write_key=w&signing_key=k")
        let target = "/\(bucket)"
        let form = "permissions=read&prefix=a"
        let token = try await test.send(
            .post, "\(target)/tokens/", form, [basic("s"), ("Accept", "text/plain")]
        ).text
        for headers in [[], [basic("x")], [("Authorization", "Digest x")], [("Authorization", "Bearer \(token)x")]] {
            try await expectRefusal(401, test, target, headers)
        }
        try await expectRefusal(401, test, "\(target)?key=x")
        for headers in [[basic("s")], [basic("r")], [basic("w")], [("Authorization", "Bearer \(token)")]] {
            #expect(test.api.bodySizeLimit(for: try post(target, headers)) == Self.large)
        }
        #expect(test.api.bodySizeLimit(for: try post("\(target)?access_token=\(token)")) == Self.large)
        try await test.close()
    }

    @Test(
        "Without a credential there is room where anyone may read or write", arguments: ["read_key=r", "write_key=w"])
    func halfOpenBuckets(form: String) async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket(form)
        #expect(test.api.bodySizeLimit(for: try post("/\(bucket)")) == Self.large)
        try await expectRefusal(401, test, "/\(bucket)", [basic("x")])
        try await test.close()
    }

    @Test("A bucket that only the disk can tell of is given room")
    func unknownToMemory() async throws {
        let test = try TestAPI.make()
        test.engine.readsBlock = true
        #expect(test.api.bodySizeLimit(for: try post("/nobucket1")) == Self.large)
        test.engine.readsBlock = false
        #expect(test.api.bodySizeLimit(for: try post("/nobucket1")) == Self.small)
        try await test.close()
    }

    @Test("A body past the large limit is told so, and so is one elsewhere")
    func tooLarge() async throws {
        var options = KVdbOptions()
        options.maxTransactionOperations = 1
        let test = try TestAPI.make(options: options)
        let bucket = try await test.makeBucket()
        for target in ["/\(bucket)", "/", "/nobucket1/key"] {
            let answer = try await test.send(.post, target, String(repeating: " ", count: Self.small + 1))
            #expect(answer.status == 400)
            #expect(answer.text.contains("the body may have at most"))
        }
        try await test.close()
    }

    @Test("A body that is declared to be small is within the limit wherever it goes")
    func declared() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        for (length, limit) in [(1, Self.small), (Self.small, Self.small), (Self.small + 1, Self.large)] {
            let request = try post("/\(bucket)", [("Content-Length", String(length))])
            #expect(test.api.bodySizeLimit(for: request) == limit)
        }
        try await test.close()
    }
}
