import NIOCore

extension Request {
    /// The values of all fields of that name in their order, with commas between them, which is what a list-based field
    /// means by several (RFC 9110 §5.3); nil where there is none. Invalid UTF-8 is repaired.
    public func combinedHeader(_ name: HeaderName) -> String? {
        guard headerCount(name) > 1 else { return header(name) }
        var values: [String] = []
        head.forEachValue(of: name) { bytes, range in
            values.append(bytes.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
            return true
        }
        return values.joined(separator: ", ")
    }
}
