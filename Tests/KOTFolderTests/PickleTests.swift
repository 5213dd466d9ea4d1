import Testing

@testable import KOTFolder

@Suite struct PickleTests {
    static let value = PickleValue.dict([
        member("a", .list(scalars + [.tuple([.int(1), .int(2), .int(3), .int(4)]), .tuple([])])),
        member(
            "t",
            .tuple([.tuple([.int(1)]), .tuple([.int(1), .int(2)]), .tuple([.int(1), .int(2), .int(3)])])),
        member("s", .list([.set([.int(1)]), .set([.int(2)]), .set([])])),
        member("b", .bytes([0x78, 0xE9])),
        PickleValue.Member(key: .int(5), value: .dict([])),
        member("x", .list([.list([.string("again")]), .list([.string("again")])])),
    ])

    static let scalars: [PickleValue] = [
        .int(1), .float(-2.5), .none, .bool(true), .bool(false), .bytes([0xFF, 0]), .bytes([]), .string("é\n\\€😀"),
        .bigInt("1180591620717411303424"), .bigInt("-18446744073709551616"), .int(-2_147_483_648), .int(300),
        .int(70_000), .int(1_099_511_627_776),
    ]

    static func member(_ name: String, _ value: PickleValue) -> PickleValue.Member {
        PickleValue.Member(key: .string(name), value: value)
    }

    @Test(arguments: 0..<6) func `Reads what Python writes with each protocol`(version: Int) throws {
        #expect(try PickleValue(pickle: SamplePickles.all[version]) == Self.value)
    }

    @Test func `Finds the members of a dict`() {
        #expect(Self.value["b"] == .bytes([0x78, 0xE9]))
        #expect(Self.value["c"] == nil)
        #expect(PickleValue.int(1)["b"] == nil)
    }

    @Test(
        arguments: [
            ("I00\n.", .bool(false)), ("I01\n.", .bool(true)), ("I1\n.", .int(1)), ("I-007\n.", .int(-7)),
            ("L0L\n.", .int(0)), ("L9223372036854775807L\n.", .int(.max)),
            ("L9223372036854775808L\n.", .bigInt("9223372036854775808")),
            ("\u{8A}\u{0}.", .int(0)), ("\u{8A}\u{1}\u{FF}.", .int(-1)), ("\u{8A}\u{2}\u{FF}\u{0}.", .int(255)),
            ("\u{8A}\u{9}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{80}\u{FF}.", .int(.min)),
            ("\u{8A}\u{9}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{80}\u{0}.", .bigInt("9223372036854775808")),
            ("\u{8B}\u{1}\u{0}\u{0}\u{0}\u{80}.", .int(-128)), ("J\u{FE}\u{FF}\u{FF}\u{FF}.", .int(-2)),
            ("F1e+16\n.", .float(1e16)), ("F-inf\n.", .float(-.infinity)),
            ("G\u{3F}\u{F8}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}.", .float(1.5)),
        ] as [(String, PickleValue)])
    func `Reads numbers`(text: String, value: PickleValue) throws {
        #expect(try PickleValue(pickle: pickle(text)) == value)
    }

    @Test(arguments: [
        (#"S'a"\'\\b'"#, #"a"'\b"#), (#"S"it's""#, "it's"), (#"S'\x41\n\t\r\a\b\f\v'"#, "A\n\t\r\u{7}\u{8}\u{C}\u{B}"),
        (#"S'\101\60\7x\q'"#, "A0\u{7}x\\q"), ("S''", ""), (#"Va\u20ac\U0001f600"#, "a€😀"),
        (#"V\\u0041\"#, #"\\u0041\"#),
        ("V\u{E4}", "ä"),
    ])
    func `Reads the escapes of protocol 0`(line: String, text: String) throws {
        #expect(try PickleValue(pickle: pickle(line + "\n.")) == .string(text))
    }

    @Test(
        arguments: [
            ("(I1\nI2\nl.", .list([.int(1), .int(2)])), ("]I1\na(I2\nI3\ne.", .list([.int(1), .int(2), .int(3)])),
            ("(Va\nI1\nd.", .dict([member("a", .int(1))])), ("}(Va\nI1\nu.", .dict([member("a", .int(1))])),
            ("}Va\nI1\nsVb\nI2\nsVa\nI3\ns.", .dict([member("a", .int(3)), member("b", .int(2))])),
            ("I1\nI2\n0.", .int(1)), ("I1\n(I2\nI3\n1.", .int(1)), ("I1\n(0.", .int(1)),
            ("I7\np5\n0I8\n0g5\n.", .int(7)), ("\u{80}\u{4}I7\n\u{94}0h\u{0}.", .int(7)),
        ] as [(String, PickleValue)])
    func `Works like Python's machine`(text: String, value: PickleValue) throws {
        #expect(try PickleValue(pickle: pickle(text)) == value)
    }

    @Test func `Strings that are only equal as text are different keys`() throws {
        let value = try PickleValue(pickle: pickle("}V\u{E9}\nI1\nsVe\\u0301\nI2\ns."))
        guard case .dict(let members) = value else { throw PickleTestFailure() }
        #expect(members.count == 2)
    }
}

struct PickleTestFailure: Error {}
