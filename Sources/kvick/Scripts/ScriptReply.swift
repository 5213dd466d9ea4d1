/// What a script answered.
struct ScriptReply {
    /// Who says so: a server, or the script's file.
    let author: String
    /// As `HTTP/1.1`.
    let version: String
    /// The text is as `200 OK`.
    let status: (code: Int, text: String)
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    private var isError: Bool { status.code >= 400 }

    /// Where another answer is, as `303 to URL`; nil where there is none.
    private var redirect: String? {
        guard (300..<400).contains(status.code) else { return nil }
        return fields.first { $0.name.lowercased() == "location" }.map { "\(status.code) to \($0.value)" }
    }

    /// Prints the body, of an error only together with its head, and without that tells on standard error of a redirect.
    func print(to output: StandardOutput, includingHead: Bool) throws {
        if includingHead {
            try output.write("\(version) \(status.text)\n")
            for field in fields { try output.write("\(field.name): \(field.value)\n") }
            try output.write("\n")
        }
        if includingHead || !isError { try output.write(body) }
        let redirect = includingHead ? nil : redirect
        // Where more comes on standard error.
        if isError || redirect != nil { try output.startLine() }
        try output.flush()
        if let redirect { StandardError.print(redirect + "\n") }
    }

    /// What to end with behind what was printed; nil unless this is an error.
    func failure(includingHead: Bool) -> CommandFailure? {
        guard isError else { return nil }
        let words = includingHead ? nil : AnswerWords.line(body)
        return CommandFailure(
            words ?? "\(author) answered \(status.text)", CommandFailure.Kind(status: status.code))
    }
}
