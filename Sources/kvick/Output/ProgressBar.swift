#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A line on standard error that tells how far a command is; nothing where that is no terminal.
struct ProgressBar {
    private static let widthMax = 40
    /// How often a count is shown anew that nobody knows the end of.
    private static let countStep = 1000

    private let label: String
    /// Nil where it is not known.
    private let total: Int?
    private let isShown: Bool
    /// The percent or the count that the line tells.
    private var shown = -1

    /// - Parameter mayBeShown: whether nothing else is written to the terminal meanwhile.
    init(_ label: String, total: Int?, mayBeShown: Bool = true) {
        self.label = label
        self.total = total.map { max(1, $0) }
        isShown = mayBeShown && isatty(STDERR_FILENO) == 1
    }

    /// - Parameters:
    ///   - done: how much of the total is done.
    ///   - count: what a line without a total tells.
    mutating func update(_ done: Int, count: @autoclosure () -> Int? = nil) {
        guard isShown else { return }
        guard let total else { return update(count: count() ?? done) }
        let percent = min(100, Int(Double(done) / Double(total) * 100))
        guard percent != shown else { return }
        shown = percent
        let width = Self.width(columns: Self.columns(), label: label)
        let filled = percent * width / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: width - filled)
        StandardError.printUnfiltered("\r\(label) [\(bar)] \(percent)%")
    }

    /// As wide as there is room for on one line, since one that is wider could not be written over.
    static func width(columns: Int, label: String) -> Int {
        min(widthMax, max(0, columns - label.count - othersWidth))
    }

    /// What stands around the bar and the label: ` [] 100%`, and a column for the cursor.
    private static let othersWidth = 9

    /// Of the terminal as it is now.
    private static func columns() -> Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private mutating func update(count: Int) {
        guard shown < 0 || count >= shown + Self.countStep else { return }
        shown = count
        StandardError.printUnfiltered("\r\(label) \(count)")
    }

    /// Ends the line. Whatever comes next stands on a line of its own.
    func end() {
        if shown >= 0 { StandardError.print("\n") }
    }
}
