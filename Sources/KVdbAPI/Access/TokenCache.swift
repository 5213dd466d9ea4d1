import KeyValueStore
import Synchronization

/// The tokens that were verified lately, bounded. Each is good only under the very keys that it was verified under, so that
/// a change of the bucket's keys ends it.
final class TokenCache: Sendable {
    private struct Entry {
        let text: [UInt8]
        let keys: AccessKeys
        let token: AccessToken
    }

    /// Of a token that is kept, in bytes; longer ones are rare, and verified at each use.
    static let maxTextLength = 1024

    private let capacity: Int
    private let entries = Mutex<[Int: Entry]>([:])

    init(capacity: Int = 10_000) {
        self.capacity = capacity
    }

    var count: Int { entries.withLock { $0.count } }

    func lookup(_ text: [UInt8], under keys: AccessKeys) -> AccessToken? {
        let hash = Self.hash(text)
        // Tokens that share a hash share a place, so the text decides.
        guard let entry = entries.withLock({ $0[hash] }), ConstantTime.equal(entry.text, text), entry.keys == keys
        else {
            return nil
        }
        return entry.token
    }

    func insert(_ text: [UInt8], under keys: AccessKeys, _ token: AccessToken) {
        guard text.count <= Self.maxTextLength else { return }
        let hash = Self.hash(text)
        entries.withLock { entries in
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[hash] = Entry(text: text, keys: keys, token: token)
        }
    }

    private static func hash(_ text: [UInt8]) -> Int {
        var hasher = Hasher()
        text.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
