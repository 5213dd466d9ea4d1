/// What an answer that is none of success says to people.
enum AnswerWords {
    private static let lengthMax = 500

    /// The words of `body` on one line, which has an end; nil where there are none.
    static func line(_ body: some Collection<UInt8>) -> String? {
        let words = String(decoding: body, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(lengthMax)
        return words.isEmpty ? nil : String(words)
    }
}
