import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("The cache of tokens")
struct TokenCacheTests {
    private let token = AccessToken(prefix: [1], permissions: .read, expiry: Timestamp(milliseconds: 1))

    @Test("A token is found under the keys that it was verified under, and under no others")
    func keys() throws {
        let secret = try #require(ServerSecret([UInt8](repeating: 1, count: 32)))
        let cache = TokenCache()
        var keys = AccessKeys()
        try keys.setSigning([1], with: secret)
        cache.insert([1, 2], under: keys, token)
        #expect(cache.lookup([1, 2], under: keys) == token)
        #expect(cache.lookup([1, 3], under: keys) == nil)
        #expect(cache.lookup([1], under: keys) == nil)
        #expect(cache.lookup([1, 2], under: AccessKeys()) == nil)
        var changed = keys
        changed.setRead([7], with: secret)
        #expect(cache.lookup([1, 2], under: changed) == nil)
        try keys.setSigning([1], with: secret)
        #expect(cache.lookup([1, 2], under: keys) == nil)
    }

    @Test("The cache stays within its bounds")
    func bounds() {
        let cache = TokenCache(capacity: 4)
        let keys = AccessKeys()
        for number in UInt8(0)..<100 {
            cache.insert([number], under: keys, token)
            #expect(cache.count <= 4)
            #expect(cache.lookup([number], under: keys) == token)
        }
        let long = [UInt8](repeating: 1, count: TokenCache.maxTextLength + 1)
        cache.insert(long, under: keys, token)
        #expect(cache.lookup(long, under: keys) == nil)
        cache.insert(long.dropLast(), under: keys, token)
        #expect(cache.lookup(long.dropLast(), under: keys) == token)
    }
}
