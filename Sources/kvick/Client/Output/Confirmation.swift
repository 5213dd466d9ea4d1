#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A question to the person at the terminal, before what can't be undone.
enum Confirmation {
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 }

    /// - Returns: whether the answer was yes.
    static func ask(_ question: String) -> Bool {
        StandardError.print("\(question) [y/N] ")
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
    }
}
