import FoundationEssentials

/// The address of a server, as `http://localhost:5000`, without a slash at its end.
struct ServerURL: CustomStringConvertible, Equatable {
    let description: String

    /// Nil where it has no host, or is of another kind than `http` and `https`, or no such port can be.
    init?(_ text: String) {
        var trimmed = text[...]
        while trimmed.last == "/" { trimmed.removeLast() }
        guard let url = URL(string: String(trimmed)), let scheme = url.scheme,
            ["http", "https"].contains(scheme), let host = url.host(), !host.isEmpty, url.query == nil,
            url.fragment == nil, url.user == nil, (1...65535).contains(url.port ?? 80)
        else { return nil }
        description = String(trimmed)
    }

    private init(description: String) {
        self.description = description
    }

    /// Where `kvick serve` is reached that was told nothing else.
    static let local = ServerURL(description: "http://127.0.0.1:8080")
}
