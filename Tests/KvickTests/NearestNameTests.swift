import Testing

@testable import kvick

@Suite struct NearestNameTests {
    private static let names = ["host", "port", "max-key-size", "max-value-size", "rate-limit", "data"]

    @Test(arguments: [
        ("max_key_size", "max-key-size"), ("max-keysize", "max-key-size"), ("MAX-KEY-SIZE", "max-key-size"),
        ("max-vlaue-size", "max-value-size"), ("prot", "port"), ("hots", "host"), ("rate-limits", "rate-limit"),
        ("date", "data"),
    ])
    func aSlipOfThePenIsUnderstood(_ name: String, _ meant: String) {
        #expect(NearestName.of(name, in: Self.names) == meant)
        #expect(NearestName.hint(for: name, in: Self.names) == "; did you mean '\(meant)'?")
    }

    @Test(arguments: ["", "x", "colour", "max", "size"])
    func whatIsFarFromAllIsNotGuessed(_ name: String) {
        #expect(NearestName.of(name, in: Self.names) == nil)
        #expect(NearestName.hint(for: name, in: Self.names) == "")
    }

    @Test func nothingIsNearWhereThereIsNothing() {
        #expect(NearestName.of("host", in: [String]()) == nil)
    }
}
