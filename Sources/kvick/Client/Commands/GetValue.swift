import ArgumentParser
import HTTPAPI
import NIOCore

/// `kvick get BUCKET KEY`
struct GetValue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Print a key's value.",
        discussion: "In a pipe the value comes byte for byte. A key that is not there is exit code 2.")

    @OptionGroup var bucket: BucketArgument
    @Argument(help: "The key.") var key: KeyName
    @Flag(help: "Print JSON: key, value (base64 where it is not UTF-8), type and version.") var json = false
    @OptionGroup var options: BucketOptions

    func validate() throws {
        try key.check()
    }

    func run() async throws {
        let output = StandardOutput()
        try await options.withBucket(bucket) { bucket in
            let response = try await bucket.succeed(bucket.request(.GET, key: key.text), key: key.text)
            let type = response.headers.first(name: "Content-Type") ?? ""
            let version = response.entityVersion
            let value = try await bucket.connection.bytes(of: response)
            if json {
                try output.write(Self.json(key.text, value, type: type, version: version))
            } else {
                try output.write(value)
                if StandardOutput.isTerminal { try output.startLine() }
            }
        }
        try output.flush()
    }

    private static func json(_ key: String, _ value: [UInt8], type: String, version: String?) -> String {
        var json = JSONObject()
        json.string("key", key)
        if let text = String(validating: value, as: UTF8.self) {
            json.string("value", text)
        } else {
            json.base64("base64", value)
        }
        json.string("type", type)
        if let version { json.string("version", version) }
        return json.line
    }
}
