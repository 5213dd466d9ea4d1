import ArgumentParser

/// What a script is called with.
struct ScriptCallOptions: ParsableArguments {
    private static let bodySizeMax = ByteSize(bytes: 64 << 20)

    @Argument(help: ArgumentHelp("Fields of kvdb.var, sent as the query.", valueName: "param=value"))
    var parameters: [ScriptParameter] = []
    @Option(help: ArgumentHelp("GET or POST. (default: POST with a body, else GET)")) var method: ScriptMethod?
    @Option(help: ArgumentHelp("A file that is sent as the body; - for standard input.", valueName: "file"))
    var body: String?
    @Option(
        help: ArgumentHelp(
            "The body's media type. (default: application/json for JSON, else application/octet-stream)",
            valueName: "type"))
    var contentType: String?

    func validate() throws {
        guard body == nil || method != .get else { throw ValidationError("--body goes with --method POST") }
        guard body != nil || contentType == nil else {
            throw ValidationError("--content-type is the type of a body; give one with --body FILE")
        }
    }

    /// - Throws: a `CommandFailure` where the body can't be read.
    func call() throws -> ScriptCall {
        let body = try body.map { try WholeFile.readInput($0, sizeMax: Self.bodySizeMax) }
        return ScriptCall(
            query: parameters.map(\.encoded).joined(separator: "&"), method: method ?? (body == nil ? .get : .post),
            body: body.map { ($0, contentType ?? Self.contentType(of: $0)) })
    }

    private static func contentType(of body: [UInt8]) -> String {
        JSONText.compact(body) == nil ? "application/octet-stream" : "application/json"
    }
}
