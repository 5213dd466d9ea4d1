import Storage
import Testing

@testable import KeyValueStore

@Suite("Namespaces")
struct NamespaceTests {
    let secret = ServerSecret([UInt8](repeating: 9, count: 32))

    @Test("A namespace reads back as it was written")
    func roundTrip() throws {
        let secret = try #require(secret)
        var settings = NamespaceSettings(email: "a@b.c")
        settings.defaultTimeToLive = .forever
        settings.accessKeys.setSecret(Array("s".utf8), with: secret)
        settings.accessKeys.setRead(Array("r".utf8), with: secret)
        settings.accessKeys.setWrite(Array("w".utf8), with: secret)
        try settings.accessKeys.setSigning(Array("k".utf8), with: secret)
        let namespace = Namespace(
            kind: .bucket, name: Array("name".utf8), id: NamespaceID(rawValue: 5), settings: settings)
        let decoded = try namespace.encoded().withUnsafeBytes {
            try Namespace.decode(kind: .bucket, name: Array("name".utf8), $0)
        }
        #expect(decoded.id == namespace.id)
        #expect(decoded.settings == settings)
        #expect(decoded.deletion == nil)
    }

    @Test("No prefix of a namespace's record and no flipped first byte crashes or is taken for another")
    func damage() throws {
        let bytes = Namespace(
            kind: .bucket, name: [1], id: NamespaceID(rawValue: 5), settings: NamespaceSettings()
        ).encoded()
        for length in 0..<bytes.count {
            let decoded = bytes.prefix(length).withUnsafeBytes { try? Namespace.decode(kind: .bucket, name: [1], $0) }
            #expect(decoded == nil || decoded?.id.rawValue == 5)
        }
        #expect(throws: StorageError.self) {
            try ([9] + bytes.dropFirst()).withUnsafeBytes { try Namespace.decode(kind: .bucket, name: [1], $0) }
        }
    }

    @Test("Access keys are told apart, and their text is nowhere in the record")
    func accessKeys() throws {
        let secret = try #require(secret)
        var keys = AccessKeys()
        keys.setSecret(Array("supersecret".utf8), with: secret)
        keys.setWrite(Array("knock".utf8), with: secret)
        #expect(keys.roles(of: "supersecret".utf8, with: secret) == .secret)
        #expect(keys.roles(of: "knock".utf8, with: secret) == .write)
        #expect(keys.roles(of: "knoc".utf8, with: secret).isEmpty)
        #expect(keys.roles(of: "".utf8, with: secret).isEmpty)
        try keys.setSigning(Array("signing-secret".utf8), with: secret)
        let record = Namespace(
            kind: .bucket, name: [1], id: NamespaceID(rawValue: 1), settings: NamespaceSettings(accessKeys: keys)
        ).encoded()
        let text = String(decoding: record, as: UTF8.self)
        for word in ["supersecret", "knock", "signing-secret"] { #expect(!text.contains(word)) }
    }

    @Test("A signing key is given back under the secret that it was sealed with, and under no other")
    func signingKey() throws {
        let secret = try #require(secret)
        let other = try #require(ServerSecret([UInt8](repeating: 8, count: 32)))
        var keys = AccessKeys()
        #expect(!keys.hasSigning)
        #expect(keys.signingKey(with: secret) == nil)
        try keys.setSigning([1, 2, 3], with: secret)
        #expect(keys.hasSigning)
        #expect(keys.signingKey(with: secret)?.withUnsafeBytes { Array($0) } == [1, 2, 3])
        #expect(keys.signingKey(with: other) == nil)
    }

    @Test("Equal keys of two namespaces have different hashes")
    func salted() throws {
        let secret = try #require(secret)
        var (one, two) = (AccessKeys(), AccessKeys())
        one.setSecret([1], with: secret)
        two.setSecret([1], with: secret)
        #expect(one.secret != two.secret)
    }

    @Test("A sealed key opens with its context only")
    func sealing() throws {
        let secret = try #require(secret)
        let sealed = try #require(secret.seal([1, 2, 3], context: [7]))
        #expect(secret.open(sealed, context: [7]) == [1, 2, 3])
        #expect(secret.open(sealed, context: [8]) == nil)
        #expect(secret.open(sealed.dropLast() + [sealed[sealed.count - 1] ^ 1], context: [7]) == nil)
    }

    @Test("What was read before a change is not kept after it")
    func cacheGeneration() {
        let cache = NamespaceCache()
        let old = Namespace(kind: .bucket, name: [1], id: NamespaceID(rawValue: 1), settings: NamespaceSettings())
        let generation = cache.generation
        cache.remove(.bucket, [1])
        cache.insert(old, generation: generation)
        #expect([1].withUnsafeBytes { cache.lookup(.bucket, $0) } == nil)
        cache.insert(old, generation: cache.generation)
        #expect([UInt8(1)].withUnsafeBytes { cache.lookup(.bucket, $0) } === old)
        #expect([UInt8(1)].withUnsafeBytes { cache.lookup(.database, $0) } == nil)
    }

    @Test("The cache stays within its bound")
    func cacheBound() {
        let cache = NamespaceCache(capacity: 4)
        for name in UInt8(0)..<100 {
            let namespace = Namespace(
                kind: .bucket, name: [name], id: NamespaceID(rawValue: 1), settings: NamespaceSettings())
            cache.insert(namespace, generation: cache.generation)
        }
        let kept = (UInt8(0)..<100).filter { name in [name].withUnsafeBytes { cache.lookup(.bucket, $0) } != nil }
        #expect(kept.count <= 4)
        #expect(kept.contains(99))
    }
}
