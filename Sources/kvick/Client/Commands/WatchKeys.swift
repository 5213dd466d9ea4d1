import ArgumentParser

/// `kvick watch BUCKET`
struct WatchKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Print what changes, as it does, until told to stop (Ctrl-C).",
        discussion: """
            A line is the event and the key: set, delete or expire, with --values as key=value. Where the connection breaks, \
            it is made again, and nothing is missed that the server still has; 'clear' says that something was: list anew.
            """)

    @OptionGroup var bucket: BucketArgument
    @Option(help: "What the keys begin with. (default: all)") var prefix: String?
    @Flag(help: "Print the values that are set, too.") var values = false
    @Option(help: ArgumentHelp("Begin behind the event of this id. (default: now)", valueName: "id"))
    var since: String?
    @Flag(help: "Print JSON, a line for each event, with its id for --since.") var json = false
    @OptionGroup var options: BucketOptions

    func run() async throws {
        var query = QueryString()
        query.add("watch", "true")
        if let prefix { query.add("prefix", prefix) }
        if values { query.add("values", "true") }
        if let since { query.add("since", since) }
        let printer = EventPrinter(asJSON: json, StandardOutput())
        try await options.withBucket(bucket, silenceMin: Watch.silenceMin) { bucket in
            try await Watch(bucket, query, printer: printer).run()
        }
    }
}
