import ArgumentParser

/// `kvick bucket save BUCKET NAME`
struct SaveBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Keep a bucket that is there under a name in the client's file.",
        discussion: """
              kvick bucket save N7cmQg1DwZbADh2Hu3NncF visits --url https://kvick.example

            With it the file keeps the server and the key, which may be any of the bucket's or an access token. A key that the \
            bucket does not know is refused; a terminal asks for one where it takes one to list the bucket. --key '' keeps it \
            without.
            """)

    @OptionGroup var bucket: BucketArgument
    @Argument(help: "The name.") var name: SavedName
    @OptionGroup var options: BucketOptions

    func validate() throws {
        try name.check("NAME")
    }

    func run() async throws {
        let file = try ClientConfigurationFile.required()
        try file.requireRoom(for: name.text)
        let found = try await options.withBucket(bucket) { bucket in
            try await requireBucket(bucket)
            return ClientConfiguration.Bucket(
                name: name.text, id: bucket.id, on: bucket.connection, key: bucket.shownCredential)
        }
        try file.save(found)
        if StandardOutput.isTerminal {
            StandardError.print("\(name.text) is now the name of \(found.place), in \(file.path)\n")
        }
    }

    /// Makes sure that the bucket is there, and that it knows the key, if one is given.
    private func requireBucket(_ bucket: BucketConnection) async throws {
        var query = QueryString()
        query.add("limit", "1")
        let request = bucket.request(.GET, query)
        // Who wants no key to be kept is not asked for one.
        let response = options.key == "" ? try await bucket.connection.send(request) : try await bucket.send(request)
        // Whoever may not list is told so once it is known that there is such a bucket, and such a key: a wrong one is 401,
        // which `send` throws for.
        guard response.isSuccess || [.unauthorized, .forbidden].contains(response.status) else {
            throw await bucket.failure(response)
        }
    }
}
