import ArgumentParser
import HTTPAPI
import KVdbAPI

/// `kvick token BUCKET`
struct MakeToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make an access token, and print it.",
        discussion: """
            Whoever has it may do what it permits with the keys that begin with its prefix, until it ends. It needs the \
            secret key, and a bucket with a signing key.
            """)

    @OptionGroup var bucket: BucketArgument
    @Option(help: "What the keys begin with that it reaches. (default: all)") var prefix: String?
    @Option(
        help: ArgumentHelp("Some of read, write, enumerate and delete, with commas between them.", valueName: "list"),
        completion: .list(["read", "read,write", "write", "enumerate", "delete"]))
    var permissions: String
    @Option(
        help: ArgumentHelp("How long it is valid, as 10m, 2h or 7d. (default: 1h)", valueName: "time"),
        transform: DurationText.parsed)
    var ttl: DurationText?
    @Flag(help: "Print JSON: access_token.") var json = false
    @OptionGroup var options: BucketOptions

    func validate() throws {
        guard ttl.map({ $0.milliseconds > 0 && $0.milliseconds.isMultiple(of: 1000) }) ?? true else {
            throw ValidationError(
                "--ttl must be whole seconds, 1s or more, for every token ends; give one as 10m, 2h or 7d")
        }
    }

    func run() async throws {
        var query = QueryString()
        query.add("permissions", permissions)
        if let prefix { query.add("prefix", prefix) }
        if let ttl { query.add("ttl", ttl.seconds) }
        let output = StandardOutput()
        try await options.withBucket(bucket) { bucket in
            var request = bucket.request(.POST, BucketPath.tokens(of: bucket.id) + query.text)
            request.headers.add(name: "Accept", value: json ? "application/json" : "text/plain")
            let response = try await bucket.send(request, .secretKey)
            guard response.isSuccess else { throw Self.advised(await bucket.failure(response), bucket.bucket) }
            try output.write(try await bucket.connection.bytes(of: response))
            try output.startLine()
        }
        try output.flush()
    }

    /// The server advises people with curl.
    private static func advised(_ failure: CommandFailure, _ bucket: String) -> CommandFailure {
        guard failure.description == APIError.signingKeyMissing.message else { return failure }
        return CommandFailure(
            "\(bucket) has no signing key, by which tokens are made; 'kvick bucket set \(bucket) --signing-key -' sets one",
            failure.kind)
    }
}
