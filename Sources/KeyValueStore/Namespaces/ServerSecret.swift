import Crypto

/// The secret of one store, under which access keys are hashed and signing keys are sealed.
public struct ServerSecret: Sendable {
    /// In bytes.
    static let length = 32

    /// With the key taken in, which is half of the work for something as short as an access key.
    private let digestStart: HMAC<SHA256>
    private let sealingKey: SymmetricKey

    /// - Parameter bytes: 32 bytes from a cryptographic source.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        let root = SymmetricKey(data: bytes)
        digestStart = HMAC<SHA256>(key: Self.derive(root, "kvick access keys"))
        sealingKey = Self.derive(root, "kvick signing keys")
    }

    /// Whether it was made of these bytes.
    func isMade(of bytes: [UInt8]) -> Bool {
        ServerSecret(bytes)?.sealingKey == sealingKey
    }

    /// HMAC-SHA256 of an access key, bound to its namespace by `salt`.
    func digest(of key: [UInt8], salt: [UInt8]) -> [UInt8] {
        var code = digestStart
        code.update(data: salt)
        code.update(data: key)
        return Array(code.finalize())
    }

    /// AES-256-GCM with a random nonce, which stands before the sealed bytes; `context` must be given again to open them.
    func seal(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]? {
        (try? AES.GCM.seal(bytes, using: sealingKey, authenticating: context))?.combined.map { Array($0) }
    }

    /// What `seal` was given; nil where bytes or context are not the ones that were sealed.
    func open(_ sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let bytes = try? AES.GCM.open(box, using: sealingKey, authenticating: context)
        else { return nil }
        return Array(bytes)
    }

    private static func derive(_ root: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(purpose.utf8), outputByteCount: length)
    }
}

/// Bytes from the system's cryptographic source.
enum RandomBytes {
    static func make(count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        while bytes.count < count { bytes.appendBigEndian(generator.next()) }
        return Array(bytes.prefix(count))
    }
}
