import Testing

@testable import kvick

/// What commands take apart of a JSON text.
struct JSONTextTests {
    @Test func whiteSpaceGoesOutsideOfStringsOnly() {
        let text = JSONText.compact(" { \"a b\" : [ 1 ,\n\"x \\\" , y\" ] } ")
        #expect(text.map { String(decoding: $0, as: UTF8.self) } == #"{"a b":[1,"x \" , y"]}"#)
    }

    @Test(arguments: ["", " ", "{", "[1,]", "nul", "1 2", "\"a", "{a:1}", "'a'"])
    func whatIsNoJSONIsNotTaken(_ text: String) {
        #expect(JSONText.compact(text) == nil)
    }

    @Test func elementsAreThoseOfTheOutermostArray() {
        let elements = JSONText.elements(of: Array(#"[1,[2,3],{"a":[4,5]},"x,]y",null]"#.utf8)[...])
        #expect(
            elements?.map { String(decoding: $0, as: UTF8.self) } == [
                "1", "[2,3]", #"{"a":[4,5]}"#, #""x,]y""#, "null",
            ])
        #expect(JSONText.elements(of: Array("[]".utf8)[...])?.isEmpty == true)
        #expect(JSONText.elements(of: Array("[[]]".utf8)[...])?.count == 1)
        #expect(JSONText.elements(of: Array("{}".utf8)[...]) == nil)
        #expect(JSONText.elements(of: Array("5".utf8)[...]) == nil)
    }

    @Test(arguments: [
        (#""a\nb""#, #"a\nb"#), (#""a\r\nset k=v\r""#, #"a\r\nset k=v\r"#),
        (#""\n\u0301\r\u0301""#, "\\n\u{301}\\r\u{301}"),
        (#"{"a":1}"#, #"{"a":1}"#),
    ])
    func aPlainTextIsOneLine(_ json: String, _ plain: String) throws {
        #expect(try JSONText.plain(Array(json.utf8)[...]).unicodeScalars.elementsEqual(plain.unicodeScalars))
    }

    @Test func membersAreThoseOfTheOutermostObject() throws {
        let members = try JSONText.members(of: Array(#"{"a\n":1,"b":{"c":[2,{"d":3}]},"":"x:,"}"#.utf8)[...])
        #expect(members?.map(\.name) == ["a\n", "b", ""])
        #expect(
            members?.map { String(decoding: $0.value, as: UTF8.self) } == ["1", #"{"c":[2,{"d":3}]}"#, #""x:,""#])
        #expect(try JSONText.members(of: Array("{}".utf8)[...])?.isEmpty == true)
        #expect(try JSONText.members(of: Array("[]".utf8)[...]) == nil)
    }
}
