import ArgumentParser
import HTTPAPI

/// `kvick list BUCKET [PREFIX]`
struct ListKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print keys in the order of their bytes, a line each.",
        discussion: """
            With --values a line is key=value. A line end inside of either is written \\n; --jsonl tells all of them apart.
            """)

    @OptionGroup var bucket: BucketArgument
    @Argument(help: "What the keys begin with. (default: all)") var prefix: String?
    @Flag(help: "Print values, too.") var values = false
    @Option(help: ArgumentHelp("At most so many. (default: all)", valueName: "count")) var limit: Int?
    @Flag(help: "Begin with the last.") var reverse = false
    @Option(help: ArgumentHelp("Begin behind this key, or before it with --reverse.", valueName: "key"))
    var after: String?
    @Flag(help: "Print one JSON array.") var json = false
    @Flag(help: "Print JSON, a line for each key.") var jsonl = false
    @OptionGroup var options: BucketOptions

    func validate() throws {
        guard !json || !jsonl else { throw ValidationError("--json and --jsonl exclude each other; give one") }
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit), but must be 1 or more") }
    }

    func run() async throws {
        let form: ListPrinter.Form =
            json ? .array : jsonl ? .lines : values && TerminalStyle.isUsed ? .styled : .text
        let printer = ListPrinter(form, StandardOutput())
        try await options.withBucket(bucket) { bucket in
            var rest = limit
            var next = after.map { PercentEncoding.encode(Array($0.utf8)) }
            repeat {
                let size = min(rest ?? Self.pageSize, Self.pageSize)
                let page = QueryString(
                    values: values, reverse: reverse, limit: size, prefix: prefix ?? "", format: form.format)
                let response = try await bucket.succeed(bucket.request(.GET, page.continued(behind: next)))
                try await printer.page(response, from: bucket.connection.server)
                // A page that is not the last is full.
                next = response.headers.first(name: "X-Next-After")
                rest = rest.map { $0 - size }
            } while next != nil && rest != 0
        }
        try printer.end()
    }

    /// The most keys that a server lists at once.
    private static let pageSize = 10_000
}

extension QueryString {
    fileprivate init(values: Bool, reverse: Bool, limit: Int, prefix: String, format: String) {
        self.init()
        add("format", format)
        add("limit", String(limit))
        if !prefix.isEmpty { add("prefix", prefix) }
        if values { add("values", "true") }
        if reverse { add("reverse", "true") }
    }

    /// - Parameter key: percent-encoded.
    fileprivate func continued(behind key: String?) -> QueryString {
        var query = self
        if let key { query.add("after", encoded: key) }
        return query
    }
}
