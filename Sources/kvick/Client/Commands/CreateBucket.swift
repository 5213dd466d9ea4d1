import ArgumentParser
import NIOCore

/// `kvick bucket create`
struct CreateBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a bucket, and print its id.",
        discussion: """
            Without keys anyone who has the id may read, write and list, and nobody can change or delete the bucket. With \
            --save it has a secret key in any case.
            """)

    @OptionGroup var settings: BucketSettingsOptions
    @Option(
        help: ArgumentHelp(
            "Keep it under this name in the client's file, with its secret key, which is made where none is given.",
            valueName: "name"))
    var save: SavedName?
    @Flag(help: "Print JSON: the id.") var json = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        try save?.check("--save")
    }

    func run() async throws {
        let configuration = try ClientConfigurationFile.current?.read() ?? ClientConfiguration()
        let target = try save.map { name in
            let file = try ClientConfigurationFile.required()
            // Before keys are typed.
            try file.requireRoom(for: name.text)
            return (file: file, name: name)
        }
        var settings = try settings.resolved()
        if let target {
            let key = settings.secretKey ?? RandomKey.make()
            try target.file.requireRoom(for: target.name.text, key: key)
            settings.secretKey = key
        }
        let bucket = try await connection.withConnection(configuration) { connection in
            let id = try await Self.create(settings, connection)
            return ClientConfiguration.Bucket(
                name: target?.name.text ?? id, id: id, on: connection, key: settings.secretKey)
        }
        // Before the output, which may break off.
        let saved = Result { try target?.file.save(bucket) }
        let output = StandardOutput()
        if json {
            var object = JSONObject()
            object.string("id", bucket.id)
            try output.write(object.line)
        } else {
            try output.write(bucket.id + "\n")
        }
        try output.flush()
        if case .failure(let error) = saved {
            throw CommandFailure("\(error); keep its secret key yourself: \(settings.secretKey ?? "")")
        }
        if let target, StandardOutput.isTerminal {
            StandardError.print("\(target.name.text) is now its name, in \(target.file.path)\n")
        }
    }

    private static func create(_ settings: BucketSettingsText, _ connection: RemoteConnection) async throws -> String {
        var request = connection.request("/")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "text/plain")
        request.body = .bytes(ByteBuffer(string: settings.json))
        let response = try await connection.send(request)
        guard response.isSuccess else { throw await connection.failure(response) }
        let id = String(decoding: try await connection.bytes(of: response), as: UTF8.self)
        guard (1...64).contains(id.utf8.count), !id.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "<" })
        else {
            throw CommandFailure("the answer of \(connection.server) is no bucket's id; is it a Kvick server?")
        }
        return id
    }
}
