import Testing

@testable import KOTFolder

@Suite struct PickleJSONTests {
    private func json(_ value: PickleValue) throws -> String {
        String(decoding: try value.json(), as: UTF8.self)
    }

    @Test(
        arguments: [
            (.none, "null"), (.bool(true), "true"), (.bool(false), "false"), (.int(.min), "-9223372036854775808"),
            (.bigInt("18446744073709551616"), "18446744073709551616"), (.float(1), "1.0"), (.float(0.1), "0.1"),
            (.float(-0.0), "-0.0"), (.float(1e22), "1e+22"), (.float(1e-5), "1e-05"), (.string("é😀"), #""é😀""#),
            (.string("\"\\/\n\r\t\u{0}\u{1F}\u{7F}"), #""\"\\/\n\r\t\u0000\u001f"# + "\u{7F}\""), (.list([]), "[]"),
            (.tuple([.int(1), .none]), "[1,null]"), (.set([.int(1)]), "[1]"), (.dict([]), "{}"),
            (.dict([PickleTests.member("a", .list([.int(1)])), PickleTests.member("", .none)]), #"{"a":[1],"":null}"#),
        ] as [(PickleValue, String)])
    func `Writes plain data`(value: PickleValue, text: String) throws {
        #expect(try json(value) == text)
    }

    @Test(
        arguments: [
            .bytes([1]), .list([.bytes([])]), .float(.nan), .float(.infinity), .float(-.infinity),
            .dict([PickleValue.Member(key: .int(1), value: .none)]),
            .dict([PickleValue.Member(key: .none, value: .none)]),
        ] as [PickleValue])
    func `Refuses what JSON has not`(value: PickleValue) {
        #expect(throws: PickleError.self) { try value.json() }
    }
}
