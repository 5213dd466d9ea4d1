import Testing

@testable import YAML

@Suite struct YAMLValueTests {
    private func value(_ text: String) throws -> YAMLValue.Content? {
        try YAMLValue.read(text)?.content
    }

    private func text(_ text: String, line: Int) -> YAMLValue {
        YAMLValue(content: .text(text), line: line)
    }

    @Test func `Values have their names and lines`() throws {
        let root = try YAMLValue.read(
            "# first\nport: 9000\nnames:\n  - 'a: b'\n  - [\"x\\ty\"]\n? key\n: |\n  two\n  lines\n")
        let list = YAMLValue(
            content: .list([text("a: b", line: 4), YAMLValue(content: .list([text("x\ty", line: 5)]), line: 5)]),
            line: 4)
        #expect(root?.line == 2)
        #expect(
            root?.content
                == .mapping([
                    YAMLMember(name: "port", line: 2, value: text("9000", line: 2)),
                    YAMLMember(name: "names", line: 3, value: list),
                    YAMLMember(name: "key", line: 6, value: text("two\nlines\n", line: 7)),
                ]))
    }

    @Test(arguments: ["", "# nothing\n", "\u{FEFF}", "\n\n"]) func `Nothing but comments is no value`(text: String)
        throws
    {
        #expect(try value(text) == nil)
    }

    @Test func `A byte order mark is no part of the first line`() throws {
        let root = try YAMLValue.read("\u{FEFF}a: 1\nb: 2\n")
        #expect(
            root?.content
                == .mapping([
                    YAMLMember(name: "a", line: 1, value: text("1", line: 1)),
                    YAMLMember(name: "b", line: 2, value: text("2", line: 2)),
                ]))
        let failure = #expect(throws: YAMLFailure.self) { try YAMLValue.read("\u{FEFF}a: 1\nb: \u{1}") }
        #expect(failure?.line == 2)
    }

    @Test(arguments: ["~", "null", "Null", "NULL", "---\n", "--- # nothing\n...\n"])
    func `What stands for nothing is null`(text: String) throws {
        #expect(try value(text) == .null)
    }

    @Test(arguments: ["''", "'~'", "\"null\"", "!!str ''", "nULL", "none"])
    func `What is quoted, or written otherwise, is text`(text: String) throws {
        guard case .text = try value(text) else {
            Issue.record("\(text)")
            return
        }
    }

    @Test(arguments: [
        ("a: b: c", 1, "this is no YAML: mapping values are not allowed"), ("a: 1\nb: 'open", 2, "this is no YAML"),
        ("a: [1,\n", 2, "this is no YAML"), ("a: 1\n\tb: 2", 2, "this is no YAML"), ("a: 1\nb: \u{1}", 2, "control"),
        ("a: 1\nb: 2\na: 3", 3, "a is given twice"), ("x:\n  a: 1\n  a: 2", 3, "a is given twice"),
        ("a: 1\n[b]: 2", 2, "a name must be text"), ("~: 1", 1, "a name must be text"),
        ("a: &x 1\nb: *x", 2, "*x stands for another value"), ("a: 1\n---\nb: 2", 2, "a second document"),
    ]) func `What is wrong is told with its line`(text: String, line: Int, words: String) {
        let failure = #expect(throws: YAMLFailure.self) { try YAMLValue.read(text) }
        #expect(failure?.line == line, "\(text)")
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test func `How deep values may be is bounded`() throws {
        let nested = { (depth: Int) in
            try YAMLValue.read(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        }
        #expect(try nested(32) != nil)
        for depth in [33, 100_000] {
            let failure = #expect(throws: YAMLFailure.self) { try nested(depth) }
            #expect(failure?.message.contains("32") == true, "\(failure?.message ?? "")")
        }
    }

    @Test func `Whatever the text is, it is read or refused`() {
        let pieces = [
            "a", "b: ", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "'", "\"", "|", ">", "&x ", "*x", "!t ", "? ",
            "#", "%",
            "---", "...", "~", "\t", "\\", "\u{0}", "\u{85}", "é", "\u{1F600}",
        ]
        var refusals = 0
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...24)).compactMap { _ in pieces.randomElement() }.joined()
            do throws(YAMLFailure) {
                _ = try YAMLValue.read(text)
            } catch {
                refusals += 1
                let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + text.unicodeScalars.count { $0 == "\u{85}" }
                #expect((1...lines + 2).contains(error.line), "\(error) in \(text)")
            }
        }
        #expect((1..<5000).contains(refusals))
    }
}
