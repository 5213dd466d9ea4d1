import Foundation
import Testing

@testable import KOTFolder

@Suite struct PickleRefusalTests {
    private func refusal(_ bytes: [UInt8]) -> String? {
        do throws(PickleError) {
            _ = try PickleValue(pickle: bytes)
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [
        ("cos\nsystem\n(S'echo'\ntR.", "os.system"),
        ("cposix\nsystem\n.", "posix.system"),
        ("c__builtin__\neval\n(V1\ntR.", "builtins.eval"),
        ("cbuiltins\nset.__init__\n.", "builtins.set.__init__"),
        ("\u{80}\u{4}\u{8C}\u{8}builtins\u{8C}\u{4}eval\u{93}\u{8C}\u{1}1\u{85}R.", "builtins.eval"),
        (
            "\u{80}\u{4}\u{8C}\u{A}dill._dill\u{94}\u{8C}\u{10}_create_function\u{94}\u{93}.",
            "dill._dill._create_function"
        ),
        ("(S'echo'\nios\nsystem\n.", "os.system"),
        ("(cbuiltins\nset\no.", "an instance of a class"),
        ("cbuiltins\nset\n)\u{81}.", "an instance of a class"),
        ("cbuiltins\nset\n)}\u{92}.", "an instance of a class"),
        ("]}b.", "an instance of a class"),
        ("I1\n)R.", "the result of a call"),
        ("cbuiltins\nset\n.", "builtins.set"),
        ("\u{82}\u{7}.", "number 7 of the extension registry"),
        ("\u{83}\u{7}\u{1}.", "number 263 of the extension registry"),
        ("\u{84}\u{7}\u{0}\u{0}\u{0}.", "number 7 of the extension registry"),
        ("Pabc\n.", "persistent id"), ("VI\nQ.", "persistent id"), ("\u{97}.", "a buffer"), ("]\u{98}.", "a buffer"),
    ])
    func `Nothing is called or built, and the error names what was asked for`(text: String, name: String) {
        let message = refusal(pickle(text))
        #expect(message?.contains(name) == true, "\(message ?? "")")
    }

    @Test func `An error has nothing that a terminal acts on`() {
        let message = refusal(pickle("c\u{1B}[31m\n\u{1B}]0;x\u{7}\n."))
        #expect(message?.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test(arguments: [
        "", ".", "0.", "1.", "2.", "a.", "I1\na.", "]a.", "]I1\n.I2\n", "]I1\nu.", "(I1\nd.", "}(I1\nu.", "}I1\ns.",
        ")I1\na.",
        "I\n.", "I1x\n.", "I0x10\n.", "L--1\n.", "Fx\n.", "F\n.", "Sabc\n.", "S'abc\n.", "S'\n.", "S'\\\n.",
        "S'\\x4'\n.", "S'\\xg0'\n.",
        "S'\u{E4}'\n.", "Vabc", "V\\u00\n.", "V\\ud800\n.", "V\\U00110000\n.", "V\\u+041\n.", "U\u{1}\u{80}.",
        "\u{8C}\u{1}\u{80}.",
        "X\u{3}\u{0}\u{0}\u{0}\u{ED}\u{A0}\u{80}.", "T\u{FF}\u{FF}\u{FF}\u{FF}abc.",
        "\u{8B}\u{FF}\u{FF}\u{FF}\u{FF}abc.",
        "B\u{FF}\u{FF}\u{FF}\u{7F}abc.", "X\u{FF}\u{FF}\u{FF}\u{FF}abc.",
        "\u{8E}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}abc.",
        "\u{8D}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{7F}abc.",
        "\u{95}\u{FF}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}I1\n.", "g0\n.", "h\u{0}.", "j\u{FF}\u{FF}\u{FF}\u{FF}.",
        "I1\nr\u{FF}\u{FF}\u{FF}\u{FF}.",
        "I1\np-1\n.", "I1\np99999999999999999999999\n.", "gx\n.", "p0\n.", "\u{94}.", "\u{80}\u{6}N.", "\u{FF}.",
        "N.N.",
        "I1\n\u{85}\u{86}.", "(I1\n\u{86}.", "I1\n(a.", "\u{8F}I1\n\u{90}.", "I1\n(I2\n\u{90}.",
        "c_codecs\nencode\n(V\\u0100\nVlatin1\ntR.",
        "c_codecs\nencode\n(Va\nVrot13\ntR.", "cbuiltins\nbytes\n(I9\ntR.", "cbuiltins\nset\n(I9\ntR.",
        "I1\nI2\n\u{93}.",
    ])
    func `Damaged pickles are refused`(text: String) {
        #expect(refusal(pickle(text)) != nil)
    }

    @Test func `Pickles that were cut are refused`() {
        for sample in SamplePickles.all {
            for count in sample.indices { #expect(refusal(Array(sample.prefix(count))) != nil) }
        }
    }

    @Test func `Depth is bounded`() {
        let (lists, appends) = (String(repeating: "]", count: 100_000), String(repeating: "a", count: 99_999))
        #expect(refusal(pickle(lists + appends + "."))?.contains("deeper than 128") == true)
        let tuples = String(repeating: "\u{85}", count: 100_000)
        #expect(refusal(pickle("N" + tuples + "."))?.contains("deeper than 128") == true)
        let marks = String(repeating: "(", count: 100_000)
        #expect(refusal(pickle(marks + "."))?.contains("deeper than 128") == true)
    }

    @Test func `As many levels are read as are allowed`() throws {
        func nested(_ depth: Int) -> [UInt8] { pickle("N" + String(repeating: "\u{85}", count: depth) + ".") }
        var value = try PickleValue(pickle: nested(128))
        for _ in 0..<128 {
            guard case .tuple(let values) = value, let inner = values.first else { throw PickleTestFailure() }
            value = inner
        }
        #expect(value == .none)
        #expect(refusal(nested(129)) != nil)
    }

    @Test func `What contains itself is refused`() {
        #expect(refusal(pickle("]2a."))?.contains("deeper") == true)
        #expect(refusal(pickle("]q\u{0}h\u{0}a."))?.contains("deeper") == true)
        #expect(refusal(pickle("}q\u{0}Va\nh\u{0}s."))?.contains("deeper") == true)
        let wide = String(repeating: "h\u{0}", count: 1000)
        #expect(refusal(pickle("]q\u{0}(" + wide + "e.")) != nil)
    }

    @Test func `Values that are used again and again are counted each time`() {
        // A billion laughs: each list holds the one before it ten times.
        let levels = (0..<9).map { level in
            "](" + String(repeating: "h" + String(UnicodeScalar(UInt8(level))), count: 10) + "eq"
                + String(UnicodeScalar(UInt8(level + 1)))
        }
        #expect(refusal(pickle("Vha\nq\u{0}0" + levels.joined(separator: "0") + "."))?.contains("values") == true)
    }

    @Test func `A long text that is used again and again is refused`() throws {
        let text = String(repeating: "a", count: 100_000)
        let uses = String(repeating: "h\u{0}", count: 10_000)
        let value = try PickleValue(pickle: pickle("](V\(text)\nq\u{0}" + uses + "e."))
        #expect(throws: PickleError.self) { try value.json() }

        let dicts = String(repeating: "}h\u{0}Ns", count: 10_000)
        #expect(refusal(pickle("](V\(text)\nq\u{0}" + dicts + "e."))?.contains("larger") == true)
        let calls = String(repeating: "h\u{1}(h\u{0}h\u{2}tR", count: 10_000)
        let prefix = "V\(text)\nq\u{0}c_codecs\nencode\nq\u{1}Vlatin1\nq\u{2}]("
        #expect(refusal(pickle(prefix + calls + "e."))?.contains("larger") == true)
    }

    @Test func `Integers have a bounded size`() throws {
        let digits = String(repeating: "9", count: 4300)
        #expect(try PickleValue(pickle: pickle("L\(digits)L\n.")) == .bigInt(digits))
        #expect(refusal(pickle("L9\(digits)L\n.")) != nil)
        let power = "\u{8B}\u{FA}\u{6}\u{0}\u{0}" + String(repeating: "\u{0}", count: 1785) + "\u{8}"
        guard case .bigInt(let text) = try PickleValue(pickle: pickle(power + ".")) else { throw PickleTestFailure() }
        #expect(text.count == 4300 && text.hasPrefix("408722050660") && text.hasSuffix("132911505408"))
        let large = "\u{8B}\u{0}\u{10}\u{0}\u{0}" + String(repeating: "\u{7F}", count: 4096)
        #expect(refusal(pickle(large + ".")) != nil)
    }

    @Test func `Many values are refused`() {
        #expect(refusal([UInt8](repeating: UInt8(ascii: "N"), count: 3 << 20))?.contains("values") == true)
        #expect(refusal([UInt8](repeating: 0, count: (64 << 20) + 1))?.contains("64 MiB") == true)
    }
}
