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
    var save: String?
    @Flag(help: "Print JSON: the id.") var json = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard let save else { return }
        let isName = save.utf8.allSatisfy { byte in
            Self.isAlphanumeric(byte) || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
        }
        guard isName, save.utf8.first.map(Self.isAlphanumeric) == true else {
            throw ValidationError("--save is \(save), but must be letters, digits, - _ and ., the first no sign")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    func run() async throws {
        let file = ClientConfigurationFile.current
        let configuration = try file?.read() ?? ClientConfiguration()
        let target = try save.map { name in
            guard let file else {
                throw CommandFailure("there is no home for the client's file; set KVICK_CLIENT_CONFIG")
            }
            try file.requireRoom(for: name)
            return (file: file, name: name)
        }
        var settings = try settings.resolved()
        if target != nil, settings.secretKey == nil { settings.secretKey = RandomKey.make() }
        let (id, server) = try await connection.withConnection(configuration) { connection in
            (try await Self.create(settings, connection), connection.server)
        }
        // Before the output, which may break off.
        let saved = Result {
            try target?.file.save(
                ClientConfiguration.Bucket(
                    name: target?.name ?? id, id: id, url: server, key: settings.secretKey,
                    caFile: connection.caFile.flatMap(WholeFile.realPath)))
        }
        let output = StandardOutput()
        if json {
            var object = JSONObject()
            object.string("id", id)
            try output.write(object.line)
        } else {
            try output.write(id + "\n")
        }
        try output.flush()
        if case .failure(let error) = saved {
            throw CommandFailure("\(error); keep its secret key yourself: \(settings.secretKey ?? "")")
        }
        if let target, StandardOutput.isTerminal {
            StandardError.print("\(target.name) is now its name, in \(target.file.path)\n")
        }
    }

    private static func create(_ settings: BucketSettingsText, _ connection: RemoteConnection) async throws -> String {
        var request = connection.request("/")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "text/plain")
        request.body = .bytes(ByteBuffer(string: settings.json))
        let response = try await connection.send(request)
        guard response.isSuccess else {
            throw CommandFailure(
                await connection.words(of: response), CommandFailure.Kind(status: Int(response.status.code)))
        }
        let id = String(decoding: try await connection.bytes(of: response), as: UTF8.self)
        guard (1...64).contains(id.utf8.count), !id.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "<" })
        else {
            throw CommandFailure("the answer of \(connection.server) is no bucket's id; is it a Kvick server?")
        }
        return id
    }
}
