import Testing

@testable import HTTPAPI

@Suite("Percent-encoding")
struct PercentEncodingTests {
    private static func decode(_ text: String) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { PercentEncoding.decode($0) }
    }

    @Test(
        "Percent-encoding is decoded once",
        arguments: [("a%20b", "a b"), ("%2F%2f", "//"), ("a+b", "a+b"), ("%252e", "%2e"), ("", "")])
    func decoding(encoded: String, decoded: String) {
        #expect(Self.decode(encoded) == Array(decoded.utf8))
    }

    @Test("Broken percent-encoding is refused", arguments: ["%", "%1", "%zz", "a%2", "%%20", "%-1"])
    func brokenEncoding(text: String) {
        #expect(Self.decode(text) == nil)
    }

    @Test("All bytes survive encoding and decoding")
    func roundTrip() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Self.decode(PercentEncoding.encode(bytes)) == bytes)
    }
}
