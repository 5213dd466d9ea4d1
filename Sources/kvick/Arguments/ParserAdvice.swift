/// What the argument parser says of a command line that it can't read, as the program's other errors are: one line, with what to do.
struct ParserAdvice {
    let line: String

    /// Nil where the words are the program's own, which say so themselves.
    ///
    /// - Parameters:
    ///   - message: what is wrong. The parser begins with a word in capitals and small letters, the program with neither.
    ///   - full: the same with all that the parser has to say.
    init?(_ message: String, full: String) {
        guard let first = message.first, first.isUppercase, message.dropFirst().first?.isLowercase == true,
            let help = full.firstMatch(of: /See ('[^']+ (?:--help|-h)')/)
        else { return nil }
        let words = first.lowercased() + message.dropFirst()
        line = words.hasSuffix("?") || words.hasSuffix(".") ? "\(words) See \(help.1)" : "\(words); see \(help.1)"
    }
}
