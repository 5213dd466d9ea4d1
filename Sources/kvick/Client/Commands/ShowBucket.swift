import ArgumentParser
import HTTPAPI

/// `kvick bucket show BUCKET`
struct ShowBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a bucket's settings, and which keys it has.",
        discussion: "It needs the secret key. No key is ever shown.")

    @OptionGroup var bucket: BucketArgument
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var options: BucketOptions

    func run() async throws {
        let output = StandardOutput()
        try await options.withBucket(bucket) { bucket in
            var query = QueryString()
            query.add("settings", "true")
            let answer = try await bucket.answer(bucket.request(.GET, query), .secretKey)
            guard let settings = ShownSettings(answer) else {
                throw CommandFailure(
                    "the answer of \(bucket.connection.server) is no bucket's settings; is it a Kvick server of this version?"
                )
            }
            if json {
                try output.write(settings.json + [UInt8(ascii: "\n")])
            } else {
                try output.write(settings.lines(url: bucket.connection.server))
            }
        }
        try output.flush()
    }
}
