import ArgumentParser
import HTTPAPI
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `kvick txn BUCKET [FILE]`
struct SendTransaction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "txn", abstract: "Change many keys at once, all or none, and print the results as JSON.",
        discussion: """
              kvick txn BUCKET '[{"set":"cart","value":{"apples":3}},{"incr":"orders"},{"get":"hello"}]'

            Operations are set, delete, incr, get and check. A check that does not hold is exit code 3, and nothing was \
            changed.
            """)

    private static let sizeMax = ByteSize(bytes: 64 << 20)

    @OptionGroup var bucket: BucketArgument
    @Argument(
        help: ArgumentHelp(
            "A JSON array of operations, a file that has one, or - for standard input, the default.",
            valueName: "json-or-file"),
        completion: .file())
    var source: Name?
    @OptionGroup var options: BucketOptions

    func run() async throws {
        let body = try Self.body(input())
        let output = StandardOutput()
        try await options.withBucket(bucket) { bucket in
            var request = bucket.request(.POST)
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
            try output.write(try await bucket.answer(request))
            try output.startLine()
        }
        try output.flush()
    }

    private func input() throws -> [UInt8] {
        if let text = source?.text, text.hasPrefix("[") || text.hasPrefix("{") { return Array(text.utf8) }
        guard source != nil || isatty(STDIN_FILENO) == 0 else {
            throw ValidationError(
                "the operations are missing; give them as a JSON array, in a file, or on standard input")
        }
        return try WholeFile.readInput(source?.text ?? "-", sizeMax: Self.sizeMax)
    }

    /// `{"txn":[…]}`, of which the array alone is enough. What it says is sent as it is.
    static func body(_ input: [UInt8]) throws -> [UInt8] {
        guard !input.isEmpty else {
            throw CommandFailure("the operations are missing; give them as a JSON array")
        }
        let isArray: Bool
        do throws(APIError) {
            var reader = try JSONReader(input)
            isArray = try reader.kind() == .array
            try reader.value()
            try reader.end()
        } catch {
            throw CommandFailure("the operations are not JSON: \(error)")
        }
        return isArray ? Array(#"{"txn":"#.utf8) + input + [UInt8(ascii: "}")] : input
    }
}
