import Crypto
import Storage
import Testing

@testable import KeyValueStore

@Suite("Sealed values")
struct SealingTests {
    private let salt = SealingSalt.random()
    private let key = Array("key".utf8)
    private let text = DatabaseValue.json(
        Array(#""a secret that is long enough to be worth it, worth it, worth it""#.utf8))

    private func seal(_ salt: SealingSalt? = nil, key: SymmetricKey? = nil) -> Seal {
        Seal(key: key ?? SymmetricKey(data: [UInt8](repeating: 7, count: 32)), salt: salt ?? self.salt)
    }

    @Test(
        "A value comes back as it was, compressed, sealed, both or neither", arguments: [true, false], [true, false])
    func roundTrip(compressing: Bool, sealing: Bool) throws {
        let large = [UInt8](repeating: 65, count: 10_000)
        for value in [text, .json([]), .bytes([]), .bytes(large), .json(Array("\"".utf8) + large + Array("\"".utf8))] {
            let stored = try StoredValue(value, compressing: compressing, seal: sealing ? seal() : nil, key: key)
            let read = try StoredValue(stored.bytes)
            #expect(read.isSealed == sealing)
            #expect(try read.open(with: sealing ? seal() : nil, key: key) == value)
        }
    }

    @Test("Compression never makes a stored value larger")
    func compression() throws {
        for size in [0, 1, 10, 100, 1000] {
            let value = DatabaseValue.bytes(RandomBytes.make(count: size))
            let plain = try StoredValue(value, compressing: false, seal: nil, key: key)
            #expect(try StoredValue(value, compressing: true, seal: nil, key: key).bytes.count <= plain.bytes.count)
        }
        let zeros = DatabaseValue.bytes([UInt8](repeating: 0, count: 1 << 20))
        #expect(try StoredValue(zeros, compressing: true, seal: nil, key: key).bytes.count < 1000)
    }

    @Test("A sealed value opens only with its passphrase, in its database, under its key")
    func binding() throws {
        let stored = try StoredValue(text, compressing: false, seal: seal(), key: key)
        #expect(try stored.open(with: seal(), key: key) == text)
        let others: [(Seal?, [UInt8])] = [
            (nil, key), (seal(key: SymmetricKey(size: .bits256)), key), (seal(.random()), key),
            (seal(), Array("kez".utf8)), (seal(), []),
        ]
        for (seal, key) in others {
            #expect(throws: StoredValue.Failure.wrongKey) { try stored.open(with: seal, key: key) }
        }
    }

    @Test("A sealed value of which any bit was changed, or that was cut, does not open")
    func tampering() throws {
        let stored = try StoredValue(text, compressing: true, seal: seal(), key: key)
        for bit in 0..<(stored.bytes.count * 8) {
            var bytes = stored.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let value = try? StoredValue(bytes).open(with: seal(), key: key)
            // What is marked as not sealed is read as it is; it must never pass for the text.
            #expect(value != text)
        }
        for length in 0..<stored.bytes.count {
            #expect(throws: StoredValue.Failure.self) {
                try StoredValue(Array(stored.bytes.prefix(length))).open(with: seal(), key: key)
            }
        }
    }

    @Test("The same value is never sealed to the same bytes")
    func nonces() throws {
        let sealed = try (0..<200).map { _ in
            try StoredValue(text, compressing: false, seal: seal(), key: key).bytes
        }
        #expect(Set(sealed.map { $0[2..<26] }).count == 200)
        #expect(Set(sealed.map { $0[26...] }).count == 200)
    }

    @Test("The stored form is what docs/format.md pins")
    func format() throws {
        let value = DatabaseValue.json(Array("12".utf8))
        #expect(try StoredValue(value, compressing: true, seal: nil, key: key).bytes == [1, 0, 0x31, 0x32])
        #expect(try StoredValue(.bytes([9]), compressing: true, seal: nil, key: key).bytes == [1, 1, 9])
        let sealed = try StoredValue(value, compressing: false, seal: seal(), key: key).bytes
        #expect(sealed.prefix(2) == [1, 4])
        #expect(sealed.count == 2 + 24 + 2 + 16)
        // By the document alone.
        let valueKey = HKDF<SHA256>.expand(
            pseudoRandomKey: SymmetricKey(data: [UInt8](repeating: 7, count: 32)),
            info: Array("kvick database value".utf8) + sealed[2..<14], outputByteCount: 32)
        let box = try AES.GCM.SealedBox(
            nonce: AES.GCM.Nonce(data: sealed[14..<26]), ciphertext: sealed[26..<28], tag: sealed[28...])
        let opened = try AES.GCM.open(box, using: valueKey, authenticating: salt.bytes + [1, 4] + key)
        #expect(Array(opened) == Array("12".utf8))
    }

    @Test(
        "Bytes of another format are refused", arguments: [[], [1], [2, 0, 65], [1, 8, 65], [1, 4, 65]] as [[UInt8]])
    func unknown(bytes: [UInt8]) {
        #expect(throws: StoredValue.Failure.unreadable) { try StoredValue(bytes) }
    }
}
