import ArgumentParser

/// `kvick import BUCKET`
struct ImportBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Set the keys that an export wrote, with all that belongs to them.",
        discussion: """
            Keys that are there already are set anew, and others stay. Where it is broken off, all can be imported again: a key \
            that was set is only set to the same.

              kvick import BUCKET visits.jsonl
              gunzip -c visits.jsonl.gz | kvick import BUCKET
            """)

    @OptionGroup var bucket: BucketArgument
    @Argument(help: ArgumentHelp("The file to read; - for standard input.", valueName: "file"), completion: .file())
    var file = "-"
    @Flag(help: "Leave keys as they are that are there already.") var ifAbsent = false
    @Flag(help: "Only check the lines, and send nothing.") var dryRun = false
    @OptionGroup var options: BucketOptions

    func run() async throws {
        // A pipe may have nothing for long, and then nobody would see the signal.
        guard file != "-" else { return try await importRecords() }
        try await StopSignal().cancelling { try await importRecords() }
    }

    private func importRecords() async throws {
        var records = try ImportSource(path: file, onlyIfAbsent: ifAbsent)
        defer { records.close() }
        let text =
            if dryRun {
                "\(ImportCounts.keys(try ImportCheck.count(&records))) can be imported"
            } else {
                try await options.withBucket(bucket) { bucket in
                    try await BucketImport(sender: BatchSender(to: bucket)).run(&records).text
                }
            }
        let output = StandardOutput()
        try output.write(text + "\n")
        try output.flush()
    }
}
