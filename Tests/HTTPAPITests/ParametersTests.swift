import Testing

@testable import HTTPAPI

@Suite("Parameters")
struct ParametersTests {
    @Test("Parameters are form-decoded, and one that is given twice is refused where it matters")
    func parameters() throws {
        let parameters = Parameters(urlEncoded: Array("a=1+2&b=%2B&c&d=&a=3&=x&&e=f=g&_cb=%zz&%zz=1&bad=%".utf8))
        #expect(throws: APIError.self) { try parameters.value("bad") }
        #expect(throws: APIError.self) { try parameters.value("a") }
        #expect(try parameters.text("b") == "+")
        #expect(try parameters.text("c") == "")
        #expect(try parameters.text("d") == "")
        #expect(try parameters.text("e") == "f=g")
        #expect(try parameters.text("nothing") == nil)
    }

    @Test(
        "Numbers outside of their range are refused",
        arguments: ["-1", "0", "10001", "99999999999999999999", "1e3", "", "1.0", "+1", " 1", "0x10", "１"])
    func integers(text: String) throws {
        let parameters = Parameters([Parameters.Field(name: "limit", string: text)])
        #expect(throws: APIError.self) { try parameters.integer("limit", in: 1...10_000) }
    }

    @Test("A JSON object's names are counted, whatever stands in its strings")
    func duplicateNames() throws {
        let once = try Parameters(jsonObject: Array(#"{"email":"a\":@b", "default_ttl": 60, "x": null}"#.utf8))
        #expect(try once.text("default_ttl") == "60")
        #expect(try once.text("x") == nil)
        for text in [
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, "[]", "{", "nonsense", #"{"a":1}x"#,
        ] {
            #expect(throws: APIError.self, "\(text)") { try Parameters(jsonObject: Array(text.utf8)) }
        }
    }

    @Test(
        "A JSON number keeps its meaning, however it is written",
        arguments: [("60", "60"), ("6e1", "60"), ("60.0", "60"), ("0.50", "0.5"), ("-0", "0"), ("1e400", "1e400")])
    func jsonNumbers(number: String, text: String) throws {
        #expect(try Parameters(jsonObject: Array(#"{"n":\#(number)}"#.utf8)).text("n") == text)
    }

    @Test(
        "JSON values of another kind are refused with the member's name where it matters",
        arguments: ["[]", "{}", "[1]"])
    func jsonKinds(value: String) throws {
        let parameters = try Parameters(jsonObject: Array(#"{"email":\#(value),"a":true,"b":"\u00e9"}"#.utf8))
        #expect {
            try parameters.text("email")
        } throws: {
            ($0 as? APIError)?.message == "email must be a string, a number, true, false or null"
        }
        #expect(throws: APIError.self) { try parameters.exactValue("email") }
        #expect(try parameters.text("a") == "true")
    }

    @Test("JSON that is too deep is refused, whatever its name")
    func depth() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: APIError.self) { try Parameters(jsonObject: Array(#"{"x":\#(deep)}"#.utf8)) }
    }
}
