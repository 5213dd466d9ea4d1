import ArgumentParser

/// `kvick health`
struct AskHealth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask a server whether it is alive, or ready.",
        discussion: "For supervisors and scripts that wait for one: exit code 0 says that it is, 5 that it is not.")

    @Flag(help: "Ask whether it takes reads and writes.") var ready = false
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let output = StandardOutput()
        let configuration = try ClientConfigurationFile.current?.read() ?? ClientConfiguration()
        try await connection.withConnection(configuration) { connection in
            let response = try await connection.send(connection.request(ready ? "/-/ready" : "/-/health"))
            guard response.isSuccess else { throw await connection.failure(response) }
            try output.write(try await connection.bytes(of: response))
        }
        try output.flush()
    }
}
