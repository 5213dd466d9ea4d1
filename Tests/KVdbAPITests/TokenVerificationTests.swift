import Crypto
import HTTPAPI
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("Which tokens are valid")
struct TokenVerificationTests {
    private let clock = TestClock()
    private let control: AccessControl
    private let bucket: Namespace
    private let tokens = TokenCache()

    init() throws {
        let secret = try #require(ServerSecret([UInt8](repeating: 1, count: 32)))
        let clock = clock
        control = AccessControl(serverSecret: secret, clock: { clock.now }, tokens: tokens)
        var keys = AccessKeys()
        keys.setSecret(Array("secret".utf8), with: secret)
        try keys.setSigning(Array("signing".utf8), with: secret)
        bucket = Namespace(
            kind: .bucket, name: Array("bucket".utf8), id: NamespaceID(rawValue: 1),
            settings: NamespaceSettings(accessKeys: keys))
    }

    private var later: Int64 { clock.seconds + 60 }

    private func refusal(of token: some Sequence<UInt8>) -> APIError? {
        do throws(APIError) {
            _ = try control.access(to: bucket, .key(Array(token)))
            return nil
        } catch {
            return error
        }
    }

    private func isRefused(_ token: String) -> Bool {
        refusal(of: token.utf8)?.status == .unauthorized
    }

    private func claims(_ changes: [String: String?] = [:]) -> String {
        var claims: [String: String] = [
            "aud": #""bucket""#, "exp": String(later), "prefix": #""app""#, "permissions": #"["read"]"#,
        ]
        for (name, value) in changes { claims[name] = value }
        return "{" + claims.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",") + "}"
    }

    @Test(
        "Whoever has the signing key is told what is wrong with a token",
        arguments: [
            (["aud": nil], "aud"), (["aud": #""other""#], "aud"), (["exp": nil], "exp"), (["exp": #""1""#], "exp"),
            (["exp": "1800000600000"], "milliseconds"), (["nbf": "1900000000"], "not valid yet"),
            (["prefix": nil], "prefix"), (["permissions": nil], "permissions"),
            (["permissions": #"["all"]"#], "permissions"),
        ] as [([String: String?], String)])
    func explanation(changes: [String: String?], word: String) {
        let refusal = refusal(of: TestJWT.make(claims(changes), key: "signing").utf8)
        #expect(refusal?.status == .unauthorized)
        #expect(refusal?.message.contains(word) == true, "\(refusal?.message ?? "")")
        // Nobody else is.
        #expect(self.refusal(of: TestJWT.make(claims(changes), key: "other").utf8)?.message.contains(word) == false)
    }

    @Test("A token that anyone makes as documented is valid")
    func valid() throws {
        #expect(!isRefused(TestJWT.make(claims(), key: "signing")))
        for header in [
            #"{"alg":"HS256"}"#, #"{"typ":"jwt","alg":"HS256"}"#, #" { "alg" : "HS256", "kid": ["x", {"alg":1}] } "#,
        ] {
            #expect(!isRefused(TestJWT.make(header: header, claims(), key: "signing")), "\(header)")
        }
        for changes in [
            ["nbf": String(clock.seconds)], ["nbf": String(clock.seconds - 60), "iat": String(later), "sub": "null"],
            ["exp": "\(clock.seconds).5"], ["prefix": #"{"base64":"/w=="}"#], ["prefix": #""""#],
            ["permissions": #"["delete","read","write","enumerate","read"]"#],
        ] {
            #expect(!isRefused(TestJWT.make(claims(changes), key: "signing")), "\(changes)")
        }
        let token = Array(TestJWT.make(claims(["prefix": #""\u0000é""#]), key: "signing").utf8)
        let access = try control.access(to: bucket, .key(token))
        #expect(access.listPrefix([]) == [0, 0xC3, 0xA9])
        #expect(access.token?.expiry == Timestamp(milliseconds: later * 1000))
        #expect(tokens.lookup(token, under: bucket.settings.accessKeys)?.prefix == [0, 0xC3, 0xA9])
    }

    @Test("No other algorithm than HS256 is taken, however well it is signed")
    func algorithms() {
        for header in [
            #"{"alg":"none"}"#, #"{"alg":"HS512"}"#, #"{"alg":"HS384"}"#, #"{"alg":"RS256"}"#, #"{"alg":"ES256"}"#,
            #"{"alg":"hs256"}"#, #"{"alg":["HS256"]}"#, #"{"alg":null}"#, #"{"typ":"JWT"}"#, "{}", "[]", "", "null",
            #"{"alg":"HS256","typ":"JWE"}"#, #"{"alg":"HS256","typ":1}"#, #"{"alg":"HS256","typ":null}"#,
            #"{"alg":"HS256","crit":["exp"]}"#, #"{"alg":"HS256","crit":[]}"#, #"{"alg":"HS256","crit":null}"#,
            #"{"alg":"none","alg":"HS256"}"#, #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"HS256"}x"#, #""HS256""#,
        ] {
            #expect(isRefused(TestJWT.make(header: header, claims(), key: "signing")), "\(header)")
        }
        let input = TestJWT.encode(Array(#"{"alg":"HS512"}"#.utf8)) + "." + TestJWT.encode(Array(claims().utf8))
        let code = HMAC<SHA512>.authenticationCode(
            for: Array(input.utf8), using: SymmetricKey(data: Array("signing".utf8)))
        #expect(isRefused(input + "." + TestJWT.encode(Array(code))))
        #expect(
            isRefused(TestJWT.encode(Array(#"{"alg":"none"}"#.utf8)) + "." + TestJWT.encode(Array(claims().utf8)) + ".")
        )
    }

    @Test("Claims that are missing, of another type, or of another bucket are refused")
    func badClaims() {
        let changes: [[String: String?]] = [
            ["exp": nil], ["exp": "\"\(later)\""], ["exp": "null"], ["exp": "true"], ["exp": "1e999"], ["exp": "0"],
            ["exp": String(clock.seconds)], ["exp": "-1"], ["exp": "[\(later)]"],
            ["nbf": String(later)], ["nbf": "1e999"], ["nbf": "\"1\""], ["nbf": "null"], ["nbf": "\(clock.seconds).5"],
            ["aud": nil], ["aud": #""other""#], ["aud": #"["bucket"]"#], ["aud": "null"], ["aud": #""Bucket""#],
            ["aud": #""bucket\u0000""#], ["aud": #""""#],
            ["permissions": nil], ["permissions": "[]"], ["permissions": #"["read","manage"]"#],
            ["permissions": #""read""#], ["permissions": #"["READ"]"#], ["permissions": "[1]"],
            ["permissions": #"["read",null]"#],
            ["prefix": nil], ["prefix": "null"], ["prefix": "1"], ["prefix": #"{"base64":"!"}"#], ["prefix": "{}"],
            ["prefix": #"["app"]"#], ["prefix": #"{"base64":"/w"}"#], ["prefix": #""\ud800""#],
        ]
        for change in changes {
            #expect(isRefused(TestJWT.make(claims(change), key: "signing")), "\(change)")
        }
        let whole = claims()
        for text in [
            "", "[]", "null", "{", whole + "x", whole + whole, whole.dropLast() + #","prefix":""}"#,
            whole.dropLast() + #","\u0070refix":""}"#, "[\(whole)]",
        ] {
            #expect(isRefused(TestJWT.make(String(text), key: "signing")), "\(text)")
        }
    }

    @Test("A token signed with another key is refused")
    func otherKey() {
        for key in ["", "Signing", "signing ", "secret", "bucket"] {
            #expect(isRefused(TestJWT.make(claims(), key: key)), "\(key)")
        }
        #expect(tokens.count == 0)
    }

    @Test("Each bit of a token counts")
    func flippedBits() {
        let token = Array(TestJWT.make(claims(), key: "signing").utf8)
        #expect(refusal(of: token) == nil)
        for index in token.indices {
            for bit in 0..<8 {
                var flipped = token
                flipped[index] ^= 1 << bit
                #expect(refusal(of: flipped)?.status == .unauthorized, "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("A token that is cut short, longer, padded or written otherwise is refused")
    func shape() {
        let token = TestJWT.make(claims(), key: "signing")
        #expect(!isRefused(token))
        for length in 1..<token.count { #expect(isRefused(String(token.prefix(length))), "\(length)") }
        let parts = token.split(separator: ".").map(String.init)
        let (header, payload, signature) = (parts[0], parts[1], parts[2])
        for other in [
            token + "x", token + "A", token + "=", token + ".", "." + token, " " + token, token + " ", token + "\n",
            token + "." + signature, "\(header)=.\(payload).\(signature)", "\(header).\(payload)=.\(signature)",
            "\(header)..\(payload).\(signature)", "\(header).\(payload).", "..", ".\(payload).\(signature)",
            "\(header)..\(signature)", token.replacing("-", with: "+").replacing("_", with: "/") + "=",
        ] {
            #expect(isRefused(other), "\(other)")
        }
        // The last character of 32 bytes holds two bits that mean nothing.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for last in alphabet where last != token.last {
            #expect(isRefused(token.dropLast() + String(last)), "\(last)")
        }
    }

    @Test("A token of more than 8 KiB is refused")
    func length() {
        func token(paddedBy count: Int) -> String {
            TestJWT.make(claims(["x": "\"" + String(repeating: "x", count: count) + "\""]), key: "signing")
        }
        #expect(token(paddedBy: 5900).utf8.count <= 8192)
        #expect(!isRefused(token(paddedBy: 5900)))
        #expect(token(paddedBy: 6200).utf8.count > 8192)
        #expect(isRefused(token(paddedBy: 6200)))
    }

    @Test("A token is valid from its first moment to its last, also one that was seen before")
    func times() {
        let token = TestJWT.make(
            claims(["nbf": String(clock.seconds + 10), "exp": String(clock.seconds + 20)]), key: "signing")
        clock.advance(seconds: 9.999)
        #expect(isRefused(token))
        clock.advance(seconds: 0.001)
        #expect(!isRefused(token))
        // A clock that is set back.
        clock.advance(seconds: -1)
        #expect(isRefused(token))
        clock.advance(seconds: 10.999)
        #expect(!isRefused(token))
        clock.advance(seconds: 0.001)
        let expired = refusal(of: token.utf8)
        #expect(expired?.status == .unauthorized)
        #expect(expired?.message == "this access token has expired; ask for a new one")
    }
}
