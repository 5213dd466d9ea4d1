import Foundation
import KOTAPI
import Testing

@testable import kvick

/// What commands print, as KOT prints it and as JSON.
struct ResultPrinterTests {
    @Test(arguments: [
        (#""two\nlines""#, "two\nlines\n"), ("5", "5\n"), ("1e3", "1000.0\n"), ("true", "True\n"), ("false", "False\n"),
        ("null", ""), (#"[1,"a\nb",[2,{"c":null}],true]"#, "1\na b\n[2, {\"c\": null}]\ntrue\n"), ("[]", ""),
        (#"{"a":1,"long":"x\ny","é":[1.50,"\u00e9\n"]}"#, "a:    1\nlong: x y\né:    [1.5, \"é\\n\"]\n"),
        ("{}", "{}\n"),
    ])
    func aValueIsPrintedAsFirePrintsIt(_ json: String, _ text: String) async throws {
        #expect(try await printed { try $0.value(.json(Array(json.utf8))) } == text)
        #expect(try await printed(isJSON: true) { try $0.value(.json(Array(json.utf8))) } == json + "\n")
    }

    @Test func whatAnswersWithTrueOrNothingDoesSo() async throws {
        #expect(try await printed { try $0.done() } == "True\n")
        #expect(try await printed(isJSON: true) { try $0.done() } == "true\n")
        #expect(try await printed { try $0.nothing() } == "")
        #expect(try await printed(isJSON: true) { try $0.nothing() } == "null\n")
        #expect(try await printed { try $0.integer(nil) } == "")
        #expect(try await printed(isJSON: true) { try $0.value(nil) } == "null\n")
    }

    @Test func aFileIsToldByItsSizeOrAsBase64() async throws {
        #expect(try await printed { try $0.value(.bytes([0, 255])) } == "a file of 2 bytes\n")
        #expect(try await printed(isJSON: true) { try $0.value(.bytes([0, 255])) } == "{\"base64\":\"AP8=\"}\n")
    }

    @Test func aListHasAnElementALine() async throws {
        let values: [KOTValue?] = [.json(Array("true".utf8)), .string("v"), nil]
        #expect(try await printed { try $0.list(values) } == "true\nv\nnull\n")
        #expect(try await printed(isJSON: true) { try $0.list(values) } == "[true,\"v\",null]\n")
        #expect(try await printed(isJSON: true) { try $0.list([]) } == "[]\n")
    }

    @Test func namesAreAlignedToTheLongest() async throws {
        let print: (ResultPrinter) async throws -> Void = { printer in
            try await printer.dictionary { entries in
                try entries.add("a", .string("x"))
                try entries.add("long\"", .json(Array("[1,2]".utf8)))
            }
        }
        #expect(try await printed(print) == "a:     x\nlong\": [1, 2]\n")
        #expect(try await printed(isJSON: true, print) == "{\"a\":\"x\",\"long\\\"\":[1,2]}\n")
        #expect(try await printed { try await $0.dictionary { _ in } } == "{}\n")
        #expect(try await printed(isJSON: true) { try await $0.dictionary { _ in } } == "{}\n")
    }

    @Test func entriesPastThoseHeldBackAreStillPrintedInTheirOrder() async throws {
        let count = 25_000
        let text = try await printed { printer in
            try await printer.dictionary { entries in
                for index in 0..<count { try entries.add("k\(index)", .json(Array("\(index)".utf8))) }
            }
        }
        let lines = text.split(separator: "\n")
        #expect(lines.count == count)
        // The longest of the first 10000 names is k9999.
        #expect(lines.first == "k0:    0")
        #expect(lines.last == "k24999: 24999")
    }

    private func printed(
        isJSON: Bool = false, _ print: (ResultPrinter) async throws -> Void
    ) async throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("kvick-output-\(UUID())")
        try Data().write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let handle = try FileHandle(forWritingTo: url)
        let output = StandardOutput(file: OpenFile(descriptor: handle.fileDescriptor))
        try await print(ResultPrinter(output: output, isJSON: isJSON))
        try output.flush()
        try handle.close()
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }
}
