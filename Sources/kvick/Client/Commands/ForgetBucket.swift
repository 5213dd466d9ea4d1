import ArgumentParser

/// `kvick bucket forget NAME`
struct ForgetBucket: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Take a bucket out of the client's file.",
        discussion: """
            The bucket itself stays as it is. Its key goes from the file: without its secret key nobody can manage the bucket, so \
            keep that elsewhere first.
            """)

    @Argument(
        help: "Its name in the client's file.", completion: .custom { _, _, _ in ClientConfigurationFile.bucketNames })
    var name: Name
    @Flag(help: "Do not ask whether it is meant where the file has its key, which only a terminal can be asked.")
    var yes = false

    func run() throws {
        let file = try ClientConfigurationFile.required()
        let configuration = try file.read()
        guard let bucket = configuration.bucket(named: name.text) else {
            let hint = NearestName.hint(for: name.text, in: configuration.buckets.map(\.name))
            throw CommandFailure(
                "there is no bucket \(name.text) in \(file.path)\(hint.isEmpty ? "; 'kvick bucket list' lists them" : hint)",
                .notFound)
        }
        if bucket.key != nil, !yes {
            guard Confirmation.isPossible else {
                throw ValidationError("the file's key of \(name.text) goes with it; give --yes to say that it is meant")
            }
            guard Confirmation.ask("Forget \(bucket.place) and its key, which may be kept nowhere else?") else {
                throw CommandFailure("nothing was forgotten")
            }
        }
        try file.forget(name.text)
        let output = StandardOutput()
        try output.write("\(name.text) is forgotten: \(bucket.place)\(bucket.key == nil ? "" : ", with its key")\n")
        try output.flush()
    }
}
