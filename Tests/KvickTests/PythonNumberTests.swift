import Testing

@testable import kvick

/// Numbers as Python's `repr` writes them.
struct PythonNumberTests {
    @Test(arguments: [
        (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (1.5, "1.5"), (-2.25, "-2.25"), (100.0, "100.0"), (0.1, "0.1"),
        (0.0001, "0.0001"), (0.00001, "1e-05"), (0.000123, "0.000123"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
        (1.5e16, "1.5e+16"), (123456789012345680.0, "1.2345678901234568e+17"), (1e100, "1e+100"), (1e-7, "1e-07"),
        (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"), (.infinity, "inf"),
        (-.infinity, "-inf"), (0.008713960647583008, "0.008713960647583008"),
        (9007199254740993.0, "9007199254740992.0"),
    ])
    func aFloatIsWrittenAsPythonWritesIt(_ value: Double, _ text: String) {
        #expect(PythonNumber.text(value) == text)
    }

    @Test(arguments: [
        ("5", "5"), ("-5", "-5"), ("-0", "0"), ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1e3", "1000.0"), ("1.50", "1.5"), ("1E400", "inf"), ("-0.0", "-0.0"),
    ])
    func aNumberOfJSONIsAnIntegerWhereItIsDigitsAlone(_ json: String, _ text: String) {
        #expect(PythonNumber.text(ofJSON: Array(json.utf8)[...]) == text)
    }
}
