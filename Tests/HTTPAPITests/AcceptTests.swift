import HTTPServer
import Testing

@testable import HTTPAPI

@Suite("The Accept header")
struct AcceptTests {
    @Test(
        "The Accept header picks text or JSON",
        arguments: [
            (nil, Accept.Form.text), ("*/*", .text), ("", .text), ("application/json", .json), ("text/plain", .text),
            ("application/*", .json), ("text/html, application/json", .json), ("text/*", .text),
            ("text/plain;q=0.1, application/json", .json), ("application/json;q=0.1, */*", .text),
            ("image/png", nil), ("text/plain;q=0", nil),
            ("application/json;q=0, */*", .text), ("APPLICATION/JSON", .json), ("application/json;q=nan", .json),
            ("application/json;q=-1, text/plain;q=0.5", .json),
        ] as [(String?, Accept.Form?)])
    func accept(header: String?, form: Accept.Form?) throws {
        let request = try Request(method: .get, target: "/", headers: header.map { [("Accept", $0)] } ?? [])
        #expect(Accept.form(request) == form)
    }

    @Test(
        "An answer has a form of its own where the Accept header does not choose",
        arguments: [
            (nil, .json), ("*/*", .json), ("", .json), ("text/plain, application/json", .json), ("text/plain", .text),
            ("text/plain, application/json;q=0.9", .text), ("image/png", nil), ("text/*, */*", .text),
        ] as [(String?, Accept.Form?)])
    func preferredForm(header: String?, form: Accept.Form?) throws {
        let request = try Request(method: .get, target: "/", headers: header.map { [("Accept", $0)] } ?? [])
        #expect(Accept.form(request, preferring: .json) == form)
    }

    @Test("Several Accept fields are one list")
    func repeatedAccept() throws {
        let request = try Request(
            method: .get, target: "/", headers: [("Accept", "text/html"), ("Accept", "application/json")])
        #expect(Accept.form(request) == .json)
    }
}
