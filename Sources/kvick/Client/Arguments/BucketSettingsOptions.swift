import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The settings of a bucket on the command line.
struct BucketSettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Whom the bucket belongs to, as user@example.com.", valueName: "address"))
    var email: String?
    @Option(
        help: ArgumentHelp(
            """
            The key that manages the bucket and everything in it. - for this or any other key has it typed unseen on a \
            terminal, or read from a line of standard input.
            """, valueName: "key"))
    var secretKey: String?
    @Option(help: ArgumentHelp("The key that is needed to read keys.", valueName: "key")) var readKey: String?
    @Option(help: ArgumentHelp("The key that is needed to write keys.", valueName: "key")) var writeKey: String?
    @Option(help: ArgumentHelp("The key that signs access tokens: 32 random bytes.", valueName: "key"))
    var signingKey: String?
    @Option(
        help: ArgumentHelp(
            "How long keys live after their last update, as 30s, 10m, 2h, 7d or never. (a new bucket's default: 7d)",
            valueName: "time"),
        transform: DurationText.parsed)
    var defaultTTL: DurationText?

    var isEmpty: Bool {
        email == nil && secretKey == nil && readKey == nil && writeKey == nil && signingKey == nil && defaultTTL == nil
    }

    /// The settings with the keys that were typed.
    ///
    /// - Throws: a `CommandFailure` where one was not.
    func resolved() throws -> BucketSettingsText {
        var input = SecretInput()
        return BucketSettingsText(
            email: email, secretKey: try input.key(secretKey, "secret key"),
            readKey: try input.key(readKey, "read key"),
            writeKey: try input.key(writeKey, "write key"), signingKey: try input.key(signingKey, "signing key"),
            defaultTTL: defaultTTL)
    }
}

/// The settings of a bucket that a request names; nil where it does not name them.
struct BucketSettingsText {
    var email: String?
    var secretKey: String?
    var readKey: String?
    var writeKey: String?
    var signingKey: String?
    var defaultTTL: DurationText?

    /// As the API takes them.
    var json: String {
        var json = JSONObject()
        if let email { json.string("email", email) }
        if let secretKey { json.string("secret_key", secretKey) }
        if let readKey { json.string("read_key", readKey) }
        if let writeKey { json.string("write_key", writeKey) }
        if let signingKey { json.string("signing_key", signingKey) }
        if let defaultTTL { json.json("default_ttl", Array(defaultTTL.seconds.utf8)[...]) }
        return json.text
    }
}

/// Keys that do not stand on the command line, one after the other.
private struct SecretInput {
    private static let sizeMax = ByteSize(bytes: 64 << 10)
    private var lines: [Substring]?

    /// - Parameter given: `-` for one that is typed.
    mutating func key(_ given: String?, _ title: String) throws -> String? {
        guard given == "-" else { return given }
        if isatty(STDIN_FILENO) == 1, let typed = try SecretPrompt.ask("New \(title): ") {
            // One that was mistyped would lock everybody out.
            guard try SecretPrompt.ask("Again: ") == typed else {
                throw CommandFailure("the two are not alike; try again")
            }
            return typed
        }
        var lines = try lines ?? Self.input()
        guard !lines.isEmpty, !lines[0].isEmpty else {
            throw CommandFailure("standard input has no line with the \(title)")
        }
        let line = lines.removeFirst()
        self.lines = lines
        return String(line)
    }

    private static func input() throws -> [Substring] {
        let bytes = try WholeFile.readInput("-", sizeMax: sizeMax)
        return String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }
}
