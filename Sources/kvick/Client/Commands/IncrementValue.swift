import ArgumentParser
import AsyncHTTPClient
import KeyValueStore
import NIOCore

/// `kvick incr BUCKET KEY [BY]`
struct IncrementValue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incr", abstract: "Add to a number, and print the sum.",
        discussion: "A key that is not there counts as 0. Of many clients at once, no sum is lost.")

    @OptionGroup var bucket: BucketArgument
    @Argument(help: "The key.") var key: KeyName
    @Argument(help: ArgumentHelp("What is added, as 5, -2 or 0.5.", valueName: "by")) var difference = "1"
    @OptionGroup var timeToLive: TimeToLiveOption
    @OptionGroup var condition: VersionOption
    @Flag(help: "Print JSON: the sum, and the key's new version.") var json = false
    @OptionGroup var options: BucketOptions

    func validate() throws {
        try key.check()
        do throws(Number.Failure) {
            _ = try Number(parsing: difference.utf8)
        } catch {
            switch error {
            case .notANumber: throw ValidationError("BY is \(difference), but must be a number, as 5, -2 or 0.5")
            case .outOfRange: throw ValidationError("BY does not fit 64 bits; give a smaller number")
            }
        }
    }

    func run() async throws {
        let output = StandardOutput()
        try await options.withBucket(bucket) { bucket in
            var request = bucket.request(.PATCH, key: key.text, timeToLive.query)
            condition.apply(to: &request)
            request.body = .bytes(ByteBuffer(string: difference))
            let response = try await bucket.succeed(request, key: key.text)
            let sum = String(decoding: try await bucket.connection.bytes(of: response), as: UTF8.self)
            guard json else { return try output.write(sum + "\n") }
            var object = JSONObject()
            object.json("value", Array(sum.utf8)[...])
            if let version = response.entityVersion { object.string("version", version) }
            try output.write(object.line)
        }
        try output.flush()
    }
}
