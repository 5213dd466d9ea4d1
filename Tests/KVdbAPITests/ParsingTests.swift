import HTTPServer
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("What requests say")
struct ParsingTests {
    @Test(
        "Percent-encoding is decoded once",
        arguments: [("a%20b", "a b"), ("%2F%2f", "//"), ("a+b", "a+b"), ("%252e", "%2e"), ("", "")])
    func decoding(encoded: String, decoded: String) {
        #expect(PercentEncoding.decode(Array(encoded.utf8)) == Array(decoded.utf8))
    }

    @Test("Broken percent-encoding is refused", arguments: ["%", "%1", "%zz", "a%2", "%%20", "%-1"])
    func brokenEncoding(text: String) {
        #expect(PercentEncoding.decode(Array(text.utf8)) == nil)
    }

    @Test("All bytes survive encoding and decoding")
    func roundTrip() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(PercentEncoding.decode(Array(PercentEncoding.encode(bytes).utf8)) == bytes)
    }

    @Test("Parameters are form-decoded, and one that is given twice is refused where it matters")
    func parameters() throws {
        let parameters = Parameters(urlEncoded: Array("a=1+2&b=%2B&c&d=&a=3&=x&&e=f=g&_cb=%zz&%zz=1&bad=%".utf8))
        #expect(throws: APIError.self) { try parameters.value("bad") }
        #expect(throws: APIError.self) { try parameters.value("a") }
        #expect(try parameters.text("b") == "+")
        #expect(try parameters.text("c") == "")
        #expect(try parameters.text("d") == "")
        #expect(try parameters.text("e") == "f=g")
        #expect(try parameters.text("nothing") == nil)
    }

    @Test(
        "Numbers outside of their range are refused",
        arguments: ["-1", "0", "10001", "99999999999999999999", "1e3", "", "1.0", "+1", " 1", "0x10", "１"])
    func integers(text: String) throws {
        let parameters = Parameters([Parameters.Field(name: "limit", string: text)])
        #expect(throws: APIError.self) { try parameters.integer("limit", in: 1...10_000) }
    }

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

    @Test(
        "The Accept header picks text or JSON",
        arguments: [
            (nil, Accept.Form.text), ("*/*", .text), ("", .text), ("application/json", .json), ("text/plain", .text),
            ("application/*", .json), ("text/html, application/json", .json), ("text/*", .text),
            ("text/plain;q=0.1, application/json", .json), ("application/json;q=0.1, */*", .text),
            ("image/png", nil), ("text/plain;q=0", nil),
            ("application/json;q=0, */*", .text), ("APPLICATION/JSON", .json), ("application/json;q=nan", .json),
            ("application/json;q=-1, text/plain;q=0.5", .json),
        ] as [(String?, Accept.Form?)])
    func accept(header: String?, form: Accept.Form?) throws {
        let request = try Request(method: .get, target: "/", headers: header.map { [("Accept", $0)] } ?? [])
        #expect(Accept.form(request) == form)
    }

    @Test(
        "An answer has a form of its own where the Accept header does not choose",
        arguments: [
            (nil, .json), ("*/*", .json), ("", .json), ("text/plain, application/json", .json), ("text/plain", .text),
            ("text/plain, application/json;q=0.9", .text), ("image/png", nil), ("text/*, */*", .text),
        ] as [(String?, Accept.Form?)])
    func preferredForm(header: String?, form: Accept.Form?) throws {
        let request = try Request(method: .get, target: "/", headers: header.map { [("Accept", $0)] } ?? [])
        #expect(Accept.form(request, preferring: .json) == form)
    }

    @Test("Several Accept fields are one list")
    func repeatedAccept() throws {
        let request = try Request(
            method: .get, target: "/", headers: [("Accept", "text/html"), ("Accept", "application/json")])
        #expect(Accept.form(request) == .json)
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

    @Test("A JSON object's names are counted, whatever stands in its strings")
    func duplicateNames() throws {
        let once = try Parameters(jsonObject: Array(#"{"email":"a\":@b", "default_ttl": 60, "x": null}"#.utf8))
        #expect(try once.text("default_ttl") == "60")
        #expect(try once.text("x") == nil)
        for text in [
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, "[]", "{", #"{"a":{}}"#, #"{"a":[1]}"#, "nonsense", #"{"a":1}x"#,
        ] {
            #expect(throws: APIError.self, "\(text)") { try Parameters(jsonObject: Array(text.utf8)) }
        }
    }

    @Test(
        "A JSON number keeps its meaning, however it is written",
        arguments: [("60", "60"), ("6e1", "60"), ("60.0", "60"), ("0.50", "0.5"), ("-0", "0"), ("1e400", "1e400")])
    func jsonNumbers(number: String, text: String) throws {
        #expect(try Parameters(jsonObject: Array(#"{"n":\#(number)}"#.utf8)).text("n") == text)
    }

    @Test("JSON values of another kind, or too deep, are refused with the member's name")
    func jsonKinds() throws {
        let deep = String(repeating: "[", count: 100_000)
        for value in ["[]", "{}", "[1]", deep] {
            #expect {
                try Parameters(jsonObject: Array(#"{"email":\#(value)}"#.utf8))
            } throws: {
                ($0 as? APIError)?.message.contains("email") == true
            }
        }
        #expect(try Parameters(jsonObject: Array(#"{"a":true,"b":"\u00e9"}"#.utf8)).text("a") == "true")
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
