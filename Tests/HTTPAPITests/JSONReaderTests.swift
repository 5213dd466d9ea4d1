import Foundation
import NIOCore
import StorageTesting
import Testing

@testable import HTTPAPI

@Suite("JSON")
struct JSONReaderTests {
    /// The text of the one value that `bytes` are.
    private static func value(_ bytes: [UInt8]) throws(APIError) -> [UInt8] {
        var reader = try JSONReader(bytes)
        let text = try reader.value()
        try reader.end()
        return Array(text)
    }

    private static func string(_ text: String) throws(APIError) -> String {
        var reader = try JSONReader(Array(text.utf8))
        let bytes = try reader.string()
        try reader.end()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "A valid text is taken, and its value is as it was sent, without the white space around it",
        arguments: [
            "null", "true", "false", "0", "-0", "1", "-1", "10", "0.0", "1.50", "-0.10", "1e5", "1E+5", "1e-05", "0e0",
            "123456789012345678901234567890", "1e400", #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#,
            #""\uD834\uDD1E""#, #""\ud834\udd1e""#, #""é€𝄞""#, "\"\u{7F}\u{2028}\"", "[]", "[ ]", "[1]",
            "[1, 2 ,\t3\r\n]", "{}", "{ }", #"{"a":1}"#, #"{ "a" : [ { } , null ] }"#, #"{"":""}"#,
            #"{"a":1,"a":2}"#, "[[[[]]]]",
        ])
    func valid(text: String) throws {
        #expect(try Self.value(Array(text.utf8)) == Array(text.utf8))
        #expect(try Self.value(Array(" \t\r\n\(text)\n".utf8)) == Array(text.utf8))
    }

    @Test(
        "What is no JSON is refused",
        arguments: [
            "", " ", "nul", "nulL", "nullx", "True", "tru", "fals", "NaN", "Infinity", "-", "+1", "01", "-01", "00",
            "1.", ".5", "-.5", "1e", "1e+", "1.e1", "0x10", "1_000", "1 2", "--1", #"""#, #""a"#, #"'a'"#, #""\x""#,
            #""\u12""#, #""\u12G4""#, #""\uD834""#, #""\uDD1E""#, #""\uD834x""#, #""\uD834\u0041""#,
            #""\uD834\uD834""#, #""\uDD1E\uD834""#, #""\"#, #""\u"#, "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "[",
            "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,"#,
            #"{"a":1,}"#, "{,}", "{a:1}", "{1:1}", #"{"a" 1}"#, #"{"a":1]"#, #"{"a":1 "b":2}"#, "[]]", "{}{}",
            "1//", "/**/1", "\u{FEFF}1", "\u{A0}1", "\u{0B}1", "\u{0}",
        ])
    func invalid(text: String) {
        #expect(throws: APIError.self) { try Self.value(Array(text.utf8)) }
    }

    @Test("What is not UTF-8 is refused, wherever it stands")
    func notUTF8() {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            let text = Array("[\"".utf8) + bytes + Array("\"]".utf8)
            #expect(throws: APIError.self) { try Self.value(text) }
            #expect(throws: APIError.self) { try Self.value(Array("1".utf8) + bytes) }
        }
    }

    @Test("Arrays and objects stand in each other to a bound")
    func depth() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let deepest = nested(JSONReader.maxDepth, open, close)
            #expect(try Self.value(deepest) == deepest)
            #expect(throws: APIError.self) { try Self.value(nested(JSONReader.maxDepth + 1, open, close)) }
            #expect(throws: APIError.self) { try Self.value(nested(1_000_000, open, "")) }
        }
        // What stands beside each other is not deep.
        #expect(
            try Self.value(Array("[\(Array(repeating: "[]", count: 1000).joined(separator: ","))]".utf8)).count == 3001)
    }

    @Test(
        "Strings are what their escapes stand for",
        arguments: [
            (#""a\nb""#, "a\nb"), (#""\u0041\u00e9\u20AC\ud834\udd1e""#, "Aé€𝄞"),
            (#""\"\\\/\b\f\r\t""#, "\"\\/\u{8}\u{C}\r\t"),
            (#""""#, ""), (#""\uFFFF\ue000""#, "\u{FFFF}\u{E000}"), (#""e\u0301""#, "e\u{301}"),
        ])
    func strings(text: String, value: String) throws {
        #expect(Array(try Self.string(text).utf8) == Array(value.utf8))
    }

    @Test("Members are called in order, a name that is given twice is refused, also where it is written otherwise")
    func members() throws {
        func names(_ text: String) throws(APIError) -> [String] {
            var reader = try JSONReader(Array(text.utf8))
            var names: [String] = []
            try reader.object { (name, reader) throws(APIError) in
                names.append(name)
                try reader.value()
            }
            try reader.end()
            return names
        }
        #expect(try names(#"{"b":1, "a":{"b":1,"b":2}, "\u0063":[]}"#) == ["b", "a", "c"])
        #expect(try names(#"{"é":1,"e\u0301":2}"#).count == 2)
        for text in [#"{"a":1,"a":1}"#, #"{"a":1,"b":2,"\u0061":1}"#, "[]", "1", #"{"a":1}{"#] {
            #expect(throws: APIError.self, "\(text)") { try names(text) }
        }
        let many = (0...JSONReader.maxMembers).map { #""\#($0)":0"# }
        #expect(try names("{\(many.dropLast().joined(separator: ","))}").count == JSONReader.maxMembers)
        #expect(throws: APIError.self) { try names("{\(many.joined(separator: ","))}") }
    }

    @Test("Errors tell the byte")
    func offsets() {
        let places = [(#"{"a":1,}"#, 7), ("[1 2]", 3), (#"["\x"]"#, 3), ("  nope", 3), ("12 x", 3), (#""\uDD1E""#, 3)]
        for (text, offset) in places {
            #expect {
                try Self.value(Array(text.utf8))
            } throws: {
                ($0 as? APIError)?.message.contains("at byte \(offset):") == true
            }
        }
    }

    @Test("Generated documents are taken, and mean to us what they mean to Foundation")
    func generated() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let document = Self.document(depth: 4, &generator)
            let data = try JSONSerialization.data(withJSONObject: document, options: [.fragmentsAllowed])
            let text = try Self.value(Array(data))
            #expect(text == Array(data))
            if let string = document as? String {
                #expect(try Self.string(String(decoding: data, as: UTF8.self)) == string)
            }
        }
    }

    @Test("What the writer writes of any text, the reader reads")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 3)
        let all = String(String.UnicodeScalarView((0...0xFF).compactMap { Unicode.Scalar(UInt32($0)) }))
        for text in [all] + (0..<200).map({ _ in Self.text(&generator) }) {
            var writer = JSONWriter()
            writer.string(text)
            #expect(Array(try Self.string(String(buffer: writer.buffer)).utf8) == Array(text.utf8))
        }
    }

    @Test("Changed at random, a text never crashes the reader, and what is taken Foundation can read, too")
    func mutations() throws {
        var generator = SeededGenerator(seed: 2)
        let start = Array(
            #"{"txn":[{"set":"a\u00e9\n","value":[1.5e3,-0,true,null,"é𝄞"],"ttl":60},{"get":{"base64":"AA=="}}]}"#.utf8)
        let alphabet = Array(#"{}[]",:\u0123456789aeE+-. ntf"#.utf8) + [0, 0x1F, 0x80, 0xC3, 0xFF]
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = start
            generator.mutate(&bytes, with: alphabet)
            guard (try? Self.value(bytes)) != nil else { continue }
            accepted += 1
            #expect(throws: Never.self, "\(String(decoding: bytes, as: UTF8.self))") {
                try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            }
        }
        #expect(accepted > 100)
    }

    private static func document(depth: Int, _ generator: inout SeededGenerator) -> Any {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return NSNull()
        case 1: return Bool.random(using: &generator)
        case 2: return Int.random(in: .min ... .max, using: &generator)
        case 3: return Double.random(in: -1e9...1e9, using: &generator)
        case 4: return text(&generator)
        case 5:
            return (0..<Int.random(in: 0...4, using: &generator)).map { _ in document(depth: depth - 1, &generator) }
        default:
            var object: [String: Any] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                object[text(&generator)] = document(depth: depth - 1, &generator)
            }
            return object
        }
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        let scalars: [ClosedRange<UInt32>] = [0...0x1F, 0x20...0x7F, 0x80...0x7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF]
        var text = ""
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
            let range = scalars[Int.random(in: scalars.indices, using: &generator)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
