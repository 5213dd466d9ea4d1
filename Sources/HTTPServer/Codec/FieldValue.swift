/// What a header field may have as its value (RFC 9110 §5.5).
package enum FieldValue {
    /// Whether `value` can be sent as it is: no control characters, and no white space around it.
    package static func isValid(_ value: [UInt8]) -> Bool {
        value.allSatisfy(\.isFieldCharacter) && value.span.trimmed(0..<value.count).count == value.count
    }
}
