#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How text stands out on a terminal (ECMA-48, "SGR").
enum TerminalStyle {
    /// Whether standard output is a terminal whose user has nothing against it (https://no-color.org).
    static var isUsed: Bool {
        StandardOutput.isTerminal && (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
    }

    static func bold(_ text: String) -> String {
        "\u{1B}[1m\(TerminalText.filtered(text))\u{1B}[0m"
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
