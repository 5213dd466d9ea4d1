import Testing

@testable import KOTFolder

@Suite struct FernetTests {
    /// The pickle of "x", encrypted by KOT with "pass".
    static let token =
        "gAAAAABrAjhKISoHopqL7GHnC-4054a780SiEDg4LY1Lty-r_65OVbUup939SjTXVPsqP3_o9jgvMoAxT3sZbuTU01xrrl99XicCKuckezUcZ3spmgsBhcY="

    @Test func `Opens what KOT encrypted`() throws {
        let token = try #require(FernetToken(Array(Self.token.utf8)))
        let pickle = try #require(token.open(passphrase: "pass"))
        #expect(try PickleValue(pickle: pickle) == .string("x"))
        #expect(token.open(passphrase: "") == nil)
    }

    @Test func `A token that was changed is not opened`() {
        for index in Self.token.utf8.indices.dropLast(1) {
            var text = Array(Self.token.utf8)
            let position = Self.token.utf8.distance(from: Self.token.utf8.startIndex, to: index)
            text[position] = text[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(FernetToken(text)?.open(passphrase: "pass") == nil, "character \(position)")
        }
    }

    @Test(arguments: [
        "", "gAAAA", "gAAA", "gAAAAA==", "hAAAA", "gAAAA and no token", String(token.dropLast(4)),
    ])
    func `Other bytes are no token`(text: String) {
        #expect(FernetToken(Array(text.utf8)) == nil)
    }
}
