import HTTPAPI
import HTTPServer
import KVdbAPI
import KeyValueStore
import Logging
import LuaScripting

/// A bucket with one script, a secret key and a signing key, in a store that is thrown away. What it is asked goes to the
/// API that a server has, with no server and no port.
struct ThrowawayBucket: Sendable {
    private static let secretKey = "secret"
    /// What a script is called whose file can't name it.
    private static let unnamedScript = "test"

    private let connection: InProcessConnection
    private let id: String
    /// The script's.
    private let file: String
    private let script: String

    /// Calls `body` with a bucket whose script is `source`, and removes all of it.
    ///
    /// - Parameter file: where the source comes from.
    /// - Throws: a `CommandFailure`, also where the source does not compile: `FILE:LINE: reason`.
    static func with(
        script source: [UInt8], file: String, limits: ScriptLimits, logger: Logger,
        _ body: (ThrowawayBucket) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var storeOptions = StoreOptions()
        // No crash is to be survived, and nobody watches.
        storeOptions.durability = .relaxed
        storeOptions.historySize = nil
        let opened = try OpenedStore(path: folder.path, cacheSize: 8 << 20, options: storeOptions, logger: logger)
        try await opened.use { threads in
            var options = KVdbOptions()
            options.scriptLimits = limits
            let connection = InProcessConnection(opened.buckets(options, threads, logger))
            let bucket = try await ThrowawayBucket(connection, file: file)
            _ = try await bucket.succeed(.put, BucketPath.script(bucket.script, of: bucket.id), body: source)
            try await body(bucket)
        }
    }

    private init(_ connection: InProcessConnection, file: String) async throws {
        let settings = "secret_key=\(Self.secretKey)&signing_key=\(Self.secretKey)"
        let reply = try await connection.reply(.post, "/", [], body: Array(settings.utf8), author: file)
        if let failure = reply.failure(includingHead: false) { throw failure }
        self.connection = connection
        self.file = file
        let name = ScriptSource.name(ofFile: file)
        script = ScriptName.isValid(Array(name.utf8)) ? name : Self.unnamedScript
        id = String(decoding: reply.body, as: UTF8.self)
    }

    func set(_ key: Assignment) async throws {
        let name = Array(key.name.utf8)
        guard !name.withUnsafeBytes(ReservedPaths.contain) else {
            throw CommandFailure(
                "the key \(key.name) begins with tokens/ or scripts/, which no key can; choose another")
        }
        let path = BucketPath.bucket(id) + PercentEncoding.encode(name)
        _ = try await succeed(.put, path, body: Array(key.value.utf8))
    }

    func run(_ call: ScriptCall) async throws -> ScriptReply {
        try await connection.reply(
            call.method == .get ? .get : .post, call.target(BucketPath.script(script, of: id)),
            call.body.map { [("Content-Type", $0.contentType)] } ?? [], body: call.body?.bytes ?? [], author: file)
    }

    /// All keys that there are, each on a line as `key = value`, in which a line end is written `\n`.
    func keys() async throws -> [String] {
        var lines: [String] = []
        var after = ""
        while true {
            let list = try await succeed(.get, BucketPath.bucket(id) + "?values=true&format=jsonl" + after)
            for pair in list.body.split(separator: UInt8(ascii: "\n")) {
                lines.append(try (JSONText.elements(of: pair) ?? []).map(JSONText.plain).joined(separator: " = "))
            }
            guard let last = list.fields.first(where: { $0.name == "X-Next-After" }) else { return lines }
            after = "&after=" + last.value
        }
    }

    /// As `reply` has it, with the file in the place of the script's name.
    func failure(_ reply: ScriptReply, includingHead: Bool) -> CommandFailure? {
        reply.failure(includingHead: includingHead).map { failure in
            CommandFailure(ErrorPlace.inFile(file, failure.description, script: script), failure.kind)
        }
    }

    /// Sends a request with the secret key.
    private func succeed(_ method: Method, _ target: String, body: [UInt8] = []) async throws -> ScriptReply {
        let credential = ("Authorization", "Bearer \(Self.secretKey)")
        let reply = try await connection.reply(method, target, [credential], body: body, author: file)
        if let failure = failure(reply, includingHead: false) { throw failure }
        return reply
    }
}
