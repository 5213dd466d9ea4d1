import Testing

@testable import HTTPAPI

@Suite("Basic credentials")
struct BasicCredentialsTests {
    @Test(
        "The name ends at the first colon, and either may be empty",
        arguments: [
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"),
            ("basic OnBhc3M6d29yZA==", "", "pass:word"), ("BASIC   dXNlcjo=", "user", ""), ("Basic Og==", "", ""),
        ])
    func credentials(value: String, user: String, password: String) throws {
        let credentials = try #require(BasicCredentials(authorization: value))
        #expect(credentials.user == Array(user.utf8))
        #expect(credentials.password == Array(password.utf8))
    }

    @Test("Bytes that are not UTF-8 are kept")
    func bytes() {
        let credentials = BasicCredentials(authorization: "Basic /zr+")
        #expect(credentials?.user == [0xFF])
        #expect(credentials?.password == [0xFE])
    }

    @Test(
        "Another scheme, broken base64 and a text without a colon are none",
        arguments: [
            "", "Basic", "Basic ", "BasicOg==", "Bearer Og==", "Basic Og", "Basic !!!", "Basic dXNlcg==", "Og==",
            "Digest Basic Og==",
        ])
    func malformed(value: String) {
        #expect(BasicCredentials(authorization: value) == nil)
    }
}
