import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Numbers")
struct NumberTests {
    @Test(
        "Canonical forms are numbers",
        arguments: [
            "0", "1", "-1", "101", "9223372036854775807", "-9223372036854775808", "2.5", "-2.5", "0.1", "1e+21",
            "1.5e-7", "1e-7", "0.000001", "123456789012345680000", "1.7976931348623157e+308", "5e-324",
        ])
    func canonicalFormsAreNumbers(text: String) {
        #expect(Number.isCanonical(Array(text.utf8)))
    }

    @Test(
        "Other forms are strings",
        arguments: [
            "", "007", "1.10", "1.0", "+1", "-0", "0x10", "1e5", "1E+21", ".5", "5.", "inf", "nan", "-", "1 ", " 1",
            "1e",
            "9223372036854775808", "1e400", "NaN", "1,5", "１", "0.0000001",
        ])
    func otherFormsAreStrings(text: String) {
        #expect(!Number.isCanonical(Array(text.utf8)))
    }

    @Test("A float's text reads back as the same float")
    func floatTextRoundTrips() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite, value != 0 else { continue }
            let text = Number.float(value).text
            #expect(Double(text) == value, "\(value) became \(text)")
            #expect(Number.isCanonical(Array(text.utf8)) || Int64(text) != nil, "\(text) is not canonical")
        }
    }

    @Test(
        "Sums keep integers while both sides are",
        arguments: [
            ("1", "1", "2"), ("0", "-2.5", "-2.5"), ("2.5", "-2.5", "0"), ("007", "1", "8"), ("1.5", "0.5", "2"),
            ("9223372036854775806", "1", "9223372036854775807"), ("1e3", "1", "1001"), ("+5", "-5", "0"),
        ])
    func sums(left: String, right: String, sum: String) throws {
        let result = try Number(parsing: Array(left.utf8)).adding(try Number(parsing: Array(right.utf8)))
        #expect(result.text == sum)
    }

    @Test(
        "A sum that does not fit is refused",
        arguments: [
            ("9223372036854775807", "1"), ("-9223372036854775808", "-1"),
            ("1.7976931348623157e+308", "1.7976931348623157e+308"),
        ])
    func sumsOutOfRange(left: String, right: String) throws {
        let (left, right) = (try Number(parsing: Array(left.utf8)), try Number(parsing: Array(right.utf8)))
        #expect(throws: Number.Failure.outOfRange) { try left.adding(right) }
    }

    @Test(
        "Texts that no 64 bits hold are out of range",
        arguments: ["99999999999999999999", "-1e309", "1e99999999999999999999"])
    func outOfRange(text: String) {
        #expect(throws: Number.Failure.outOfRange) { try Number(parsing: Array(text.utf8)) }
    }

    @Test(
        "Texts that are no number are refused",
        arguments: ["", "+", "abc", "1 2", "0x1", "inf", "nan", "--1", "1e+", "1\0"])
    func notANumber(text: String) {
        #expect(throws: Number.Failure.notANumber) { try Number(parsing: Array(text.utf8)) }
    }
}
