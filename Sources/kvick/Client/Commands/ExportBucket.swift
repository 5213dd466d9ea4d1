import ArgumentParser

/// `kvick export BUCKET`
struct ExportBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write all keys of a bucket as JSON lines, as they are at one moment.",
        discussion: """
            Each line is a key with its value, its content type and the time at which it expires; 'kvick import' reads them. \
            A file is there once it is whole. Settings and scripts of the bucket are not in it.

              kvick export BUCKET --output visits.jsonl
              kvick export BUCKET | gzip > visits.jsonl.gz
            """)

    @OptionGroup var bucket: BucketArgument
    @Option(help: ArgumentHelp("Only keys that begin with it.", valueName: "text")) var prefix: String = ""
    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file to write; - for standard output.", valueName: "file"),
        completion: .file())
    var output = "-"
    @Flag(help: "Replace the file where it is there already.") var force = false
    @OptionGroup var options: BucketOptions

    func run() async throws {
        // What is written to a pipe leaves nothing behind, and may wait for its reader for long.
        guard output != "-" else { return try await export() }
        try await StopSignal().cancelling { try await export() }
    }

    private func export() async throws {
        let output = try ExportOutput(path: output, replacing: force)
        do {
            try await options.withBucket(bucket) { bucket in
                try await BucketExport(bucket: bucket, prefix: prefix).write(to: output)
            }
            try output.finish()
        } catch {
            output.abandon()
            throw error
        }
    }
}
