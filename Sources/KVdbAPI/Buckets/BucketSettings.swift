import HTTPAPI
import HTTPServer
import KeyValueStore

/// The settings of a bucket that a request names (KVdb reference, "Buckets"); nil where it does not name them.
struct BucketSettings: Sendable {
    var email: String?
    /// Empty to clear it.
    var secretKey: [UInt8]?
    var readKey: [UInt8]?
    var writeKey: [UInt8]?
    var signingKey: [UInt8]?
    var defaultTimeToLive: TimeToLive?

    /// Takes them from the body, a form or a JSON object, and the query string together.
    init(_ request: Request, _ query: Parameters) throws(APIError) {
        let parameters = try Parameters(bodyOf: request, and: query)
        if let email = try parameters.text("email"), !email.isEmpty {
            guard Self.looksLikeAddress(email) else {
                throw .badRequest("email must be an address, as user@example.com")
            }
            self.email = email
        }
        secretKey = try Self.key("secret_key", parameters)
        readKey = try Self.key("read_key", parameters)
        writeKey = try Self.key("write_key", parameters)
        signingKey = try Self.key("signing_key", parameters)
        if let seconds = try parameters.integer("default_ttl", in: 0...Int.max) {
            guard let duration = TimeToLive(seconds: Int64(seconds)) else {
                throw .badRequest("default_ttl is too large; give fewer seconds, or 0 for keys that never expire")
            }
            defaultTimeToLive = duration
        }
    }

    /// Puts what is named into `settings`; an empty access key clears one that is there.
    func apply(to settings: inout NamespaceSettings, with serverSecret: ServerSecret) throws(StoreError) {
        if let email { settings.email = email }
        if let defaultTimeToLive { settings.defaultTimeToLive = defaultTimeToLive }
        if let secretKey { settings.accessKeys.setSecret(secretKey.isEmpty ? nil : secretKey, with: serverSecret) }
        if let readKey { settings.accessKeys.setRead(readKey.isEmpty ? nil : readKey, with: serverSecret) }
        if let writeKey { settings.accessKeys.setWrite(writeKey.isEmpty ? nil : writeKey, with: serverSecret) }
        if let signingKey {
            try settings.accessKeys.setSigning(signingKey.isEmpty ? nil : signingKey, with: serverSecret)
        }
    }

    private static func key(_ name: String, _ parameters: Parameters) throws(APIError) -> [UInt8]? {
        guard let key = try parameters.exactValue(name) else { return nil }
        guard key.count <= maxKeyLength else {
            throw .badRequest("\(name) has \(key.count) bytes, and the limit is \(maxKeyLength); choose a shorter one")
        }
        return key
    }

    /// Of an access key, in bytes.
    private static let maxKeyLength = 1024

    /// Whether there is something before and behind one `@`, and no space: more can't be told without a letter sent.
    private static func looksLikeAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && text.utf8.count <= 254 && parts.allSatisfy { !$0.isEmpty }
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    }
}
