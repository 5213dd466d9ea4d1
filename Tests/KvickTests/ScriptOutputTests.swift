import Testing

@testable import kvick

/// What commands about scripts print.
struct ScriptOutputTests {
    @Test func scriptsAreATable() throws {
        let json = #"""
            [ {"name": "hello", "size": 12, "updated": "2026-01-02T03:04:05Z"},
              {"name": "a-longer-name", "size": 65536, "updated": "2026-01-02T03:04:06Z", "more": [1]} ]
            """#
        let list = try #require(ScriptList(Array(json.utf8)))
        #expect(
            list.table.lines == """
                NAME            SIZE  UPDATED
                hello             12  2026-01-02T03:04:05Z
                a-longer-name  65536  2026-01-02T03:04:06Z

                """)
        #expect(String(decoding: list.json, as: UTF8.self).hasPrefix(#"[{"name":"hello","size":12,"#))
        #expect(ScriptList(Array("[]".utf8))?.table.lines == "NAME  SIZE  UPDATED\n")
    }

    @Test(arguments: ["", "<html>", "{}", "[1]", #"[{"name":1}]"#, #"[{"name":"a"}] x"#])
    func whatIsNoListIsRefused(_ answer: String) {
        #expect(ScriptList(Array(answer.utf8)) == nil)
    }

    @Test(arguments: [
        ("hello:3: unexpected symbol near 'x'", "dir/h.lua:3: unexpected symbol near 'x'"),
        (
            "hello:12: 'end' expected (to close 'if' at line 3)",
            "dir/h.lua:12: 'end' expected (to close 'if' at line 3)"
        ),
        ("hello: too long", "hello: too long"), ("hello:x: y", "hello:x: y"), ("other:3: x", "other:3: x"),
        ("hello:3", "hello:3"), ("the name may have at most 64 bytes", "the name may have at most 64 bytes"),
    ])
    func anErrorNamesTheFile(_ words: String, _ text: String) {
        #expect(ErrorPlace.inFile("dir/h.lua", words, script: "hello") == text)
    }
}
