import ArgumentParser

/// What a script is called with, and what is shown of its answer.
struct ScriptCallOptions: ParsableArguments {
    private static let bodySizeMax = ByteSize(bytes: 64 << 20)

    @Argument(help: ArgumentHelp("Fields of kvdb.var, sent as the query.", valueName: "param=value"))
    var words: [String] = []
    @Option(help: ArgumentHelp("GET or POST. (default: POST with a body, else GET)")) var method: ScriptMethod?
    @Option(
        help: ArgumentHelp(
            """
            A file that is sent as the body; - for standard input. Fields of a form go with --content-type \
            application/x-www-form-urlencoded.
            """, valueName: "file"),
        completion: .file())
    var body: String?
    @Option(
        help: ArgumentHelp(
            "The body's media type. (default: application/json for JSON, else application/octet-stream)",
            valueName: "type"))
    var contentType: String?
    @Flag(name: [.customShort("i"), .customLong("include")], help: "Print status and header fields, too.")
    var include = false
    /// Only to be refused with its reason.
    @Option(help: .private) var key: String?

    func validate() throws {
        guard key == nil else { throw ValidationError("this takes no --key: anyone may run a script; leave it out") }
        _ = try parameters()
        guard body == nil || method != .get else { throw ValidationError("--body goes with --method POST") }
        guard body != nil || contentType == nil else {
            throw ValidationError("--content-type is the type of a body; give one with --body FILE")
        }
        guard contentType?.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) != false else {
            throw ValidationError("--content-type must be a media type, as text/plain")
        }
    }

    private func parameters() throws -> [Assignment] {
        try words.map { word in
            guard let parameter = Assignment(argument: word) else {
                throw ValidationError("'\(word)' is not a parameter; write name=value")
            }
            return parameter
        }
    }

    /// - Throws: a `CommandFailure` where the body can't be read.
    func call() throws -> ScriptCall {
        let body = try body.map { try WholeFile.readInput($0, sizeMax: Self.bodySizeMax) }
        return ScriptCall(
            query: try parameters().map(\.encoded).joined(separator: "&"),
            method: method ?? (body == nil ? .get : .post),
            body: body.map { ($0, contentType ?? Self.contentType(of: $0)) })
    }

    private static func contentType(of body: [UInt8]) -> String {
        JSONText.compact(body) == nil ? "application/octet-stream" : "application/json"
    }
}
