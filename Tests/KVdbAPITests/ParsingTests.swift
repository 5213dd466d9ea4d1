import HTTPAPI
import HTTPServer
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("What requests say")
struct ParsingTests {
    @Test(
        "Times to live are seconds with up to three decimals",
        arguments: [("30", 30_000), ("0", 0), ("0.5", 500), ("1.001", 1001)])
    func timesToLive(text: String, milliseconds: Int64) throws {
        #expect(try TimeToLive(seconds: text, name: "ttl").milliseconds == milliseconds)
    }

    @Test(
        "Other times to live are refused",
        arguments: [
            "", "-1", "abc", "1e308", "9223372036854775807", "99999999999999999999", "0.0001", ".5", "5.", "1.2.3",
            "inf",
            "9223372036854775.808", "+5",
        ])
    func badTimesToLive(text: String) {
        #expect(throws: APIError.self) { try TimeToLive(seconds: text, name: "ttl") }
    }

    @Test("Credentials are found wherever the reference lets them be")
    func credentials() throws {
        func credential(_ headers: [(String, String)], _ query: String = "") throws -> Credential {
            let request = try Request(method: .get, target: "/b/k?\(query)", headers: headers)
            return try Credential(request, request.query)
        }
        let key = Credential.key(Array("mykey".utf8))
        #expect(try credential([basic("mykey")]) == key)
        #expect(try credential([("Authorization", "Bearer mykey")]) == key)
        #expect(try credential([("authorization", "bearer  mykey")]) == key)
        #expect(try credential([], "key=mykey") == key)
        #expect(try credential([], "access_token=mykey") == key)
        #expect(try credential([]) == .none)
        #expect(try credential([], "key=") == .none)
        #expect(try credential([basic("")]) == .none)
        #expect(try credential([basic("mykey", password: "x")]) == .malformed)
        #expect(try credential([("Authorization", "Basic !!!")]) == .malformed)
        #expect(try credential([("Authorization", "Digest mykey")]) == .malformed)
        #expect(throws: APIError.self) {
            try credential([("Authorization", "Bearer a"), ("Authorization", "Bearer b")])
        }
    }

    @Test("Reserved paths are those directly under the bucket")
    func reserved() {
        func isReserved(_ key: String) -> Bool { Array(key.utf8).withUnsafeBytes { ReservedPaths.contain($0) } }
        #expect(isReserved("tokens/"))
        #expect(isReserved("scripts/hello"))
        #expect(!isReserved("tokens"))
        #expect(!isReserved("a/tokens/"))
        #expect(!isReserved("script"))
    }

    @Test("The path of tokens is the same however it is encoded, and no other path is it")
    func tokensPath() {
        func isTokens(_ path: String) -> Bool {
            Array("/bucket/\(path)".utf8).withUnsafeBytes { path in
                if case .tokens = Target(path: path) { true } else { false }
            }
        }
        for path in ["tokens/", "tokens%2F", "tokens%2f", "%74okens/", "%74%6F%6B%65%6E%73%2F"] {
            #expect(isTokens(path), "\(path)")
        }
        for path in [
            "tokens", "tokens%", "tokens%2", "tokens//", "tokens/x", "Tokens/", "tokens%252F", "/tokens/", "a",
        ] {
            #expect(!isTokens(path), "\(path)")
        }
    }

    @Test("The paths of scripts are the same however they are encoded, and no other paths are")
    func scriptPaths() {
        /// What is behind the path of scripts, still encoded.
        func script(_ path: String) -> String? {
            Array("/bucket/\(path)".utf8).withUnsafeBytes { path in
                switch Target(path: path) {
                case .scripts: ""
                case .script(_, let name): String(decoding: name, as: UTF8.self)
                default: nil
                }
            }
        }
        for path in ["scripts/", "scripts%2F", "%73cripts%2f", "%73%63%72%69%70%74%73%2F"] {
            #expect(script(path) == "", "\(path)")
            #expect(script("\(path)a%2Eb/") == "a%2Eb/", "\(path)")
        }
        for path in [
            "scripts", "scripts%", "scripts%2", "Scripts/", "scripts%252F", "/scripts/", "script/", "a/scripts/", "s",
            "%",
        ] {
            #expect(script(path) == nil, "\(path)")
        }
        func name(_ encoded: String) -> String? {
            Array(encoded.utf8).withUnsafeBytes { ScriptName.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
        }
        let longest = String(repeating: "a", count: 64)
        for (encoded, decoded) in [("aZ0._-", "aZ0._-"), ("%61.lua", "a.lua"), ("...", "..."), (longest, longest)] {
            #expect(name(encoded) == decoded)
        }
        for encoded in ["", ".", "%2E%2e", "a/b", "a%2Fb", "a%", "a b", "a+b", "é", "a%00", longest + "a"] {
            #expect(name(encoded) == nil, "\(encoded)")
        }
    }

    @Test("Base64url is decoded where it is written as it must be, and only there")
    func base64URL() {
        for bytes in [[], [0], [255, 254], [1, 2, 3], [0, 0, 0, 0]] as [[UInt8]] {
            #expect(Base64URL.decode(Array(Base64URL.encode(bytes).utf8)) == bytes)
        }
        #expect(Base64URL.encode([251, 255]) == "-_8")
        for text in ["A", "AAAAA", "-_9", "AB", "-_8=", "+/8", "AA A", "A\u{e9}A"] {
            #expect(Base64URL.decode(Array(text.utf8)) == nil, "\(text)")
        }
    }
}
