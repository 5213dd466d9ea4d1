import ArgumentParser
import AsyncHTTPClient
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `kvick set BUCKET KEY [VALUE]`
struct SetValue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set a key.",
        discussion: """
            Without VALUE the value is what standard input gives, byte for byte. Behind '--' a VALUE may begin with a hyphen.
            """)

    /// The largest value that any server takes.
    static let valueSizeMax = ByteSize(bytes: 64 << 20)

    @OptionGroup var bucket: BucketArgument
    @Argument(help: "The key.") var key: KeyName
    @Argument(help: "The value; - for standard input.") var value: String?
    @Option(help: ArgumentHelp("A file whose bytes are the value.", valueName: "file"), completion: .file())
    var file: String?
    @OptionGroup var timeToLive: TimeToLiveOption
    @OptionGroup var condition: ConditionOptions
    @Option(
        help: ArgumentHelp(
            "The value's media type. (default: text/plain for UTF-8, else application/octet-stream)", valueName: "type")
    )
    var contentType: String?
    @Flag(help: "Print JSON: the key's new version.") var json = false
    @OptionGroup var options: BucketOptions

    func validate() throws {
        try key.check()
        guard value == nil || file == nil else {
            throw ValidationError("VALUE and --file exclude each other; give one")
        }
        guard contentType?.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) != false else {
            throw ValidationError("--content-type must be a media type, as text/plain")
        }
    }

    func run() async throws {
        let bytes = try bytes()
        let response = try await options.withBucket(bucket) { bucket in
            var request = bucket.request(.PUT, key: key.text, timeToLive.query)
            condition.apply(to: &request)
            if let contentType { request.headers.add(name: "Content-Type", value: contentType) }
            request.body = .bytes(ByteBuffer(bytes: bytes))
            return try await bucket.succeed(request, key: key.text)
        }
        guard json else { return }
        var object = JSONObject()
        if let version = response.entityVersion { object.string("version", version) }
        let output = StandardOutput()
        try output.write(object.line)
        try output.flush()
    }

    private func bytes() throws -> [UInt8] {
        if let value, value != "-" { return Array(value.utf8) }
        guard file != nil || value != nil || isatty(STDIN_FILENO) == 0 else {
            throw ValidationError("a value is missing; give VALUE, --file FILE, or - to type it (end it with Ctrl-D)")
        }
        return try WholeFile.readInput(file ?? "-", sizeMax: Self.valueSizeMax)
    }
}
