import FoundationEssentials

/// The address of a server, as `http://localhost:5000`, without a slash at its end.
struct ServerURL: CustomStringConvertible, Equatable {
    let description: String
    /// A name or an address, without the brackets of one of IPv6.
    let host: String
    let port: Int

    /// Nil where it has no host, or is of another kind than `http` and `https`, or no such port can be.
    init?(_ text: String) {
        var trimmed = text[...]
        while trimmed.last == "/" { trimmed.removeLast() }
        guard let url = URL(string: String(trimmed)), let scheme = url.scheme,
            ["http", "https"].contains(scheme), let host = url.host(), !host.isEmpty, url.query == nil,
            url.fragment == nil, url.user == nil, (1...65535).contains(url.port ?? 80)
        else { return nil }
        description = String(trimmed)
        self.host = host
        port = url.port ?? (scheme == "https" ? 443 : 80)
    }

    /// Where `kvick serve` is reached that was told nothing else.
    static let local = ServerURL(host: "127.0.0.1", port: 8080)

    private init(host: String, port: Int) {
        description = "http://\(host):\(port)"
        self.host = host
        self.port = port
    }

    var isEncrypted: Bool { description.hasPrefix("https:") }

    /// The same over the other of `http` and `https`, whose own port would be another one.
    var withOtherScheme: String {
        let path = description.drop { $0 != ":" }.dropFirst("://".count).drop { $0 != "/" }
        let name = host.contains(":") ? "[\(host)]" : host
        return (isEncrypted ? "http" : "https") + "://\(name):\(port)\(path)"
    }
}
