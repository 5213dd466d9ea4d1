import ArgumentParser

/// `kvick script put BUCKET [NAME] FILE`
struct PutScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Upload a script, and print the URL that runs it.",
        usage: "kvick script put <bucket> [<name>] <file> [--url <url>] [--key <key>]",
        discussion: "A script of this name is replaced. Where it does not compile, nothing is changed.")

    @OptionGroup var bucket: BucketArgument
    @Argument(
        help: ArgumentHelp("The script's name. (default: the file's name without .lua)", valueName: "name"))
    var nameOrFile: Name?
    @Argument(
        help: ArgumentHelp("The file of the script; - for standard input.", valueName: "file"),
        completion: .file(extensions: ["lua"]))
    var lastFile: Name?
    @OptionGroup var options: BucketOptions

    func validate() throws {
        _ = try upload()
    }

    func run() async throws {
        let (name, file) = try upload()
        let source = try ScriptSource.read(file)
        let url = try await options.withBucket(bucket) { bucket in
            try await ScriptManagement(bucket).put(name, source: source, file: file == "-" ? nil : file)
        }
        let output = StandardOutput()
        try output.write(url + "\n")
        try output.flush()
    }

    /// What is uploaded, and under which name.
    ///
    /// - Throws: a `ValidationError` where either is missing.
    func upload() throws -> (name: String, file: String) {
        guard let nameOrFile else { throw ValidationError("Missing expected argument '<file>'") }
        if let lastFile { return (nameOrFile.text, lastFile.text) }
        guard nameOrFile.text != "-" else {
            throw ValidationError("standard input has no name; write 'kvick script put BUCKET NAME -'")
        }
        return (ScriptSource.name(ofFile: nameOrFile.text), nameOrFile.text)
    }
}
