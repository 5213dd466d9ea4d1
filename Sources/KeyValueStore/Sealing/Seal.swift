import Crypto

/// Seals and opens the values of one database under one passphrase; `KeyDerivation` makes it.
public struct Seal: Sendable {
    public let salt: SealingSalt
    private let key: SymmetricKey

    init(key: SymmetricKey, salt: SealingSalt) {
        self.key = key
        self.salt = salt
    }

    /// The bytes that stand before the ciphertext, and the tag behind it.
    static let overhead = nonceLength + 16

    /// In bytes: 12 choose a key of the value's own, 12 are its nonce.
    private static let nonceLength = 24

    /// AES-256-GCM (NIST SP 800-38D) under a key of the value's own, which HKDF-SHA256 (RFC 5869) makes of the passphrase's.
    ///
    /// 96 random bits alone would meet again after some 2^32 values; of these 192 no two are ever alike.
    ///
    /// - Parameter context: what the bytes are bound to besides the database.
    func seal(_ bytes: some Sequence<UInt8>, context: [UInt8]) throws -> [UInt8] {
        let nonce = RandomBytes.make(count: Self.nonceLength)
        let box = try AES.GCM.seal(
            Array(bytes), using: valueKey(nonce[..<12]), nonce: AES.GCM.Nonce(data: nonce[12...]),
            authenticating: salt.bytes + context)
        return nonce + box.ciphertext + box.tag
    }

    /// - Returns: what `seal` was given; nil where passphrase, database or context are others, or the bytes were changed.
    func open(_ sealed: ArraySlice<UInt8>, context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= Self.overhead else { return nil }
        let nonce = sealed.prefix(Self.nonceLength)
        let body = sealed.dropFirst(Self.nonceLength)
        guard let gcmNonce = try? AES.GCM.Nonce(data: nonce.suffix(12)),
            let box = try? AES.GCM.SealedBox(nonce: gcmNonce, ciphertext: body.dropLast(16), tag: body.suffix(16)),
            let bytes = try? AES.GCM.open(
                box, using: valueKey(nonce.prefix(12)), authenticating: salt.bytes + context)
        else { return nil }
        return Array(bytes)
    }

    private func valueKey(_ choice: ArraySlice<UInt8>) -> SymmetricKey {
        HKDF<SHA256>.expand(
            pseudoRandomKey: key, info: Array("kvick database value".utf8) + choice, outputByteCount: 32)
    }
}
