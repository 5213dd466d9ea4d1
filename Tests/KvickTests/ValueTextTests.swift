import KOTAPI
import Testing

@testable import kvick

/// How values are read from the command line.
struct ValueTextTests {
    @Test(arguments: [
        ("5", "5"), ("-1.50", "-1.50"), ("true", "true"), ("True", "true"), ("False", "false"), ("None", "null"),
        ("null", "null"), ("[1, 2]", "[1,2]"), (#"{"a": "b c"}"#, #"{"a":"b c"}"#), (#""5""#, #""5""#),
    ])
    func jsonAndPythonsWordsKeepTheirType(_ text: String, _ json: String) {
        #expect(ValueText.value(text) == .json(Array(json.utf8)))
    }

    @Test(arguments: [
        ("hello", #""hello""#), ("", #""""#), ("007", #""007""#), ("[1,", #""[1,""#), ("say \"x\"", #""say \"x\"""#),
        ("1 2", #""1 2""#), ("TRUE", #""TRUE""#),
    ])
    func allElseIsAString(_ text: String, _ json: String) {
        #expect(ValueText.value(text) == .json(Array(json.utf8)))
    }

    @Test(arguments: [
        ["k", "v", "l", "2"], [#"[["k","v"],["l",2]]"#], [#"{"k":"v","l":2}"#],
    ])
    func pairsComeInThreeForms(_ arguments: [String]) throws {
        let pairs = try ValueText.pairs(arguments)
        #expect(pairs.map(\.key) == ["k", "l"])
        #expect(pairs.map(\.value) == [.string("v"), .json(Array("2".utf8))])
    }

    @Test(arguments: [["k"], ["k", "v", "l"], ["[1]"], [#"[["k"]]"#], [#"[[1,"v"]]"#], ["", "v"], [#"{"":1}"#]])
    func whatIsNoPairsIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try ValueText.pairs(arguments) }
    }

    @Test func keysAreArgumentsOrOneList() throws {
        #expect(try ValueText.keys(["a", "b"]) == ["a", "b"])
        #expect(try ValueText.keys([#"["a","b"]"#]) == ["a", "b"])
        #expect(try ValueText.keys(["a"]) == ["a"])
        #expect(try ValueText.keys(["[]"]) == [])
        #expect(throws: (any Error).self) { try ValueText.keys(["[1]"]) }
        #expect(throws: (any Error).self) { try ValueText.keys([""]) }
    }

    @Test func operationsAreReadInTheirOrder() throws {
        let operations = try ValueText.operations(#"[["SET","k",{"a":[1]}],["get","k"],["DELETE","k"]]"#)
        guard operations.count == 3, case .set("k", let value) = operations[0], case .get("k") = operations[1],
            case .delete("k") = operations[2]
        else { return #expect(Bool(false), "\(operations)") }
        #expect(value == .json(Array(#"{"a":[1]}"#.utf8)))
    }

    @Test(arguments: [
        "", "SET", "{}", "[1]", "[[]]", #"[["SET","k"]]"#, #"[["GET","k","v"]]"#, #"[["DROP","k"]]"#, #"[["GET",1]]"#,
        #"[["GET",""]]"#, #"[[1,"k"]]"#,
    ])
    func whatIsNoOperationIsRefused(_ text: String) {
        #expect(throws: (any Error).self) { try ValueText.operations(text) }
    }
}
