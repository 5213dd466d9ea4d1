import HTTPAPI
import HTTPServer
import KeyValueStore
import Storage
import Testing

@testable import KVdbAPI

@Suite("Entity tags")
struct EntityTagTests {
    private static func strong(_ text: String) -> EntityTags.Tag { EntityTags.Tag(opaque: Array(text.utf8)) }
    private static func weak(_ text: String) -> EntityTags.Tag {
        EntityTags.Tag(isWeak: true, opaque: Array(text.utf8))
    }

    @Test(
        "Lists of tags are read as RFC 9110 §8.8.3 and §13.1 write them",
        arguments: [
            ("*", EntityTags.any), (" * ", .any), (#""xyzzy""#, .listed([strong("xyzzy")])),
            (#"W/"xyzzy""#, .listed([weak("xyzzy")])), (#""""#, .listed([strong("")])),
            (
                #""xyzzy", "r2d2xxxx", "c3piozzzz""#,
                .listed([strong("xyzzy"), strong("r2d2xxxx"), strong("c3piozzzz")])
            ),
            (#"W/"xyzzy", W/"r2d2xxxx""#, .listed([weak("xyzzy"), weak("r2d2xxxx")])),
            (#""a","b""#, .listed([strong("a"), strong("b")])), (#""a,b""#, .listed([strong("a,b")])),
            (#", "a" ,, "b","#, .listed([strong("a"), strong("b")])), (#""a\b""#, .listed([strong(#"a\b"#)])),
            (#""é""#, .listed([strong("é")])), ("", .listed([])), (#""*""#, .listed([strong("*")])),
        ])
    func lists(field: String, tags: EntityTags) {
        #expect(EntityTags(field) == tags)
    }

    @Test(
        "What is no list of tags is refused",
        arguments: [
            "12", #"""#, #""a"#, #"a""#, #""a" "b""#, #""a""b""#, #"w/"a""#, #"W"a""#, #"W/a"#, #"W/ "a""#, "W/", "W",
            #"*, "a""#, #""a", *"#, "**", #""a b""#, "'a'", #""a"; x"#, "\"a\u{7F}\"",
        ])
    func invalid(field: String) {
        #expect(EntityTags(field) == nil)
    }

    @Test(
        "Compared strongly a weak tag is no version's, and what no version is written as never is (RFC 9110 §8.8.3.2)")
    func comparison() {
        let tags = EntityTags(#""1", W/"2", "03", "abc", "", "-4", "+5", "18446744073709551616""#)
        #expect(tags?.versions(by: .strong) == .listed([Revision(rawValue: 1)]))
        #expect(tags?.versions(by: .weak) == .listed([Revision(rawValue: 1), Revision(rawValue: 2)]))
        #expect(EntityTags("*")?.versions(by: .strong) == .any)
    }

    @Test("A tag without its quotes is refused with a word about them")
    func missingQuotes() throws {
        for name in ["If-Match", "If-None-Match"] {
            let request = try Request(method: .put, target: "/b/k", headers: [(name, "42")])
            do {
                _ = try Precondition(request)
                Issue.record("\(name) was taken")
            } catch {
                #expect(error.status == .badRequest)
                #expect(error.message.hasPrefix(name))
                #expect(error.message.contains(#"the quotes belong to the tag, as "42" with them"#))
            }
        }
    }

    @Test("Several fields of a name are one list")
    func severalFields() throws {
        let request = try Request(
            method: .put, target: "/b/k",
            headers: [("If-Match", #""1""#), ("if-match", #"W/"2", "3""#), ("If-None-Match", "*")])
        let condition = try Precondition(request)
        #expect(condition.ifMatch == .listed([Revision(rawValue: 1), Revision(rawValue: 3)]))
        #expect(condition.ifNoneMatch == .any)
        let contradiction = try Request(
            method: .put, target: "/b/k", headers: [("If-Match", "*"), ("If-Match", #""1""#)])
        #expect(throws: APIError.self) { try Precondition(contradiction) }
    }
}
