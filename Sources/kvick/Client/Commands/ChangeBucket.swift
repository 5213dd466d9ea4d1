import ArgumentParser
import NIOCore

/// `kvick bucket set BUCKET`
struct ChangeBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a bucket's settings.",
        discussion: """
            It needs the secret key. What is not given stays; an empty read, write or signing key takes that key away. A \
            changed signing key ends all tokens at once.
            """)

    @OptionGroup var bucket: BucketArgument
    @OptionGroup var settings: BucketSettingsOptions
    @OptionGroup var options: BucketOptions

    func validate() throws {
        guard !settings.isEmpty else {
            throw ValidationError("there is nothing to change; give a setting, as --default-ttl 7d")
        }
    }

    func run() async throws {
        let settings = try settings.resolved()
        try await options.withBucket(bucket) { bucket in
            var request = bucket.request(.PATCH)
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: settings.json))
            _ = try await bucket.succeed(request, .secretKey)
            if settings.secretKey != nil, let source = bucket.credentialSource {
                StandardError.print("kvick: the secret key is changed; change \(source), too\n")
            }
        }
    }
}
