#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A line on standard error that tells how far a command is; nothing where that is no terminal.
struct ProgressBar {
    private static let width = 40

    private let label: String
    private let total: Int
    private let isShown = isatty(STDERR_FILENO) == 1
    private var shownPercent = -1

    init(_ label: String, total: Int) {
        self.label = label
        self.total = max(1, total)
    }

    mutating func update(_ done: Int) {
        guard isShown else { return }
        let percent = min(100, done * 100 / total)
        guard percent != shownPercent else { return }
        shownPercent = percent
        let filled = percent * Self.width / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: Self.width - filled)
        StandardError.print("\r\(label) [\(bar)] \(percent)%")
    }

    /// Ends the line. Whatever comes next stands on a line of its own.
    func end() {
        if shownPercent >= 0 { StandardError.print("\n") }
    }
}
