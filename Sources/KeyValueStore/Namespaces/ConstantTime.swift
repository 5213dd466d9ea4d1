/// Comparison of secrets.
package enum ConstantTime {
    /// Whether both are the same, in a time that says nothing of where they differ.
    package static func equal(_ bytes: [UInt8], _ other: [UInt8]) -> Bool {
        bytes.count == other.count && zip(bytes, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
