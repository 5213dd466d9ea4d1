import ArgumentParser

/// `kvick script list BUCKET`
struct ListScripts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print a bucket's scripts with their sizes in bytes and their times.")

    @OptionGroup var bucket: BucketArgument
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var options: BucketOptions

    func run() async throws {
        let list = try await options.withBucket(bucket) { try await ScriptManagement($0).list() }
        let output = StandardOutput()
        if json {
            try output.write(list.json + [UInt8(ascii: "\n")])
        } else {
            try output.write(list.table.lines)
        }
        try output.flush()
    }
}
