import ArgumentParser
import AsyncHTTPClient
import HTTPAPI
import KVdbAPI
import NIOCore

/// `kvick script run BUCKET NAME [PARAM=VALUE …]`
struct RunScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a script on the server, and print what it answers.",
        discussion: """
            An answer with a status of 400 or more is an error: it goes to standard error, on one line, and the exit code says \
            which: 2 for 404 and 410, 3 for 412, 4 for 401 and 403, 5 for 429 and 503, else 1. With -i it is printed whole. A redirect is not followed; standard error tells where it goes.
            """)

    @OptionGroup var script: ScriptArguments
    @OptionGroup var options: ScriptCallOptions
    @Option(
        help: """
            An access token, to whose prefix and permissions the script is held. Better given as KVICK_TOKEN, which other \
            users of the machine can't see.
            """)
    var token: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let token: String? = try Setting("token", flag: token, isSecret: true)
            .value(expecting: "a token, of printable characters without spaces") { text in
                text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
            }
        let call = try options.call()
        let configuration = try ClientConfigurationFile.current?.read() ?? ClientConfiguration()
        let bucket = configuration.bucket(named: script.bucket.bucket.text)
        try await connection.withConnection(to: bucket, configuration) { connection in
            let path = BucketPath.script(script.name.text, of: bucket?.id ?? script.bucket.bucket.text)
            let response = try await connection.send(request(call, path, token: token, connection))
            let reply = ScriptReply(
                author: connection.server.description, version: response.version.description,
                status: (Int(response.status.code), response.status.description),
                fields: response.headers.map { ($0.name, $0.value) }, body: try await connection.bytes(of: response))
            try reply.print(to: StandardOutput(), includingHead: options.include)
            if let failure = reply.failure(includingHead: options.include) { throw advised(failure) }
        }
    }

    /// The server advises people with curl.
    private func advised(_ failure: CommandFailure) -> CommandFailure {
        guard failure.description == APIError.scriptNotFound.message else { return failure }
        return CommandFailure(
            "there is no script \(script.name.text) in \(script.bucket.bucket.text); 'kvick script list' lists them",
            failure.kind)
    }

    private func request(
        _ call: ScriptCall, _ path: String, token: String?, _ connection: RemoteConnection
    ) -> HTTPClientRequest {
        var request = connection.request(call.target(path))
        request.method = call.method == .get ? .GET : .POST
        if let body = call.body {
            request.headers.add(name: "Content-Type", value: body.contentType)
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        if let token { request.setBearerAuth(token) }
        return request
    }
}
