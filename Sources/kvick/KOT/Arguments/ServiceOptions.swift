import ArgumentParser
import KOTAPI

/// Where KOT's databases are, and how a command prints.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the store. (default: .)", valueName: "dir"))
    var folder: String?

    @Option(
        help: ArgumentHelp(
            "A running server to talk to instead, as http://localhost:5000. (default: KVICK_KOT_URL's value)"))
    var url: String?

    @Option(help: ArgumentHelp("The server's password. (default: KVICK_KOT_PASSWORD's value)"))
    var password: String?

    @Option(
        name: [.customLong("ca_file"), .customLong("ca-file")],
        help: ArgumentHelp(
            "Certificates in PEM to trust in the place of the system's. (default: KVICK_CA_FILE's value)",
            valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("Print JSON.", valueName: "True|False"))
    var json = TruthValue(false)

    /// Of `--url` or its variable; nil where the store is opened in place.
    func serverURL() throws -> ServerURL? {
        guard folder == nil else {
            guard url == nil else { throw ValidationError("--folder and --url exclude each other; give one") }
            return nil
        }
        return try Setting("url", variable: "KVICK_KOT_URL", flag: url, isSecret: true)
            .value(expecting: "an address as http://localhost:5000", ServerURL.init)
    }

    func serverPassword() throws -> String {
        let given: String? = try Setting("password", variable: "KVICK_KOT_PASSWORD", flag: password, isSecret: true)
            .value(expecting: "a password") { $0 }
        guard let given else {
            throw ValidationError("a server wants its password; give it with --password or KVICK_KOT_PASSWORD")
        }
        return given
    }

    /// Calls `body` with the databases, and closes them behind it.
    ///
    /// - Parameter creating: whether a store is made where the folder has none; for commands that write.
    func withService<Result>(
        creating: Bool = false, _ body: (any KOTService) async throws -> Result
    ) async throws -> Result {
        if let server = try serverURL() {
            let certificates: String? = try Setting("ca-file", flag: caFile).value(expecting: "a file") { $0 }
            return try await RemoteDatabases.with(
                server, password: serverPassword(), certificates: certificates, body)
        }
        return try await withLocalService(folder: folder ?? ".", creating: creating, body)
    }

    /// Prints what `print` makes of an answer.
    func output(_ print: (ResultPrinter) async throws -> Void) async throws {
        let output = StandardOutput()
        try await print(ResultPrinter(output: output, isJSON: json.isTrue))
        try output.flush()
    }
}
