import HTTPAPI

/// The query of a URL as it grows (RFC 3986 §3.4).
struct QueryString {
    /// With its question mark; empty where there are no parameters.
    private(set) var text = ""

    mutating func add(_ name: StaticString, encoded value: String) {
        text += "\(text.isEmpty ? "?" : "&")\(name)=\(value)"
    }

    mutating func add(_ name: StaticString, _ value: String) {
        add(name, encoded: PercentEncoding.encode(Array(value.utf8)))
    }
}
