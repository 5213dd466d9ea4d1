import Storage

/// A namespace's record: a format byte, then fields of tag, length and bytes; `docs/format.md`, "Namespaces", pins it.
extension Namespace {
    private static let format: UInt8 = 1

    private enum Tag: UInt8 {
        case id = 1
        case deletion = 2
        case defaultTimeToLive = 3
        case email = 4
        case accessKeySalt = 5
        case secretKey = 6
        case readKey = 7
        case writeKey = 8
        case signingKey = 9
        case sealingSalt = 10
    }

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = [Self.format]
        func append(_ tag: Tag, _ field: some Collection<UInt8>) {
            bytes.append(tag.rawValue)
            bytes.appendBigEndian(UInt16(clamping: field.count))
            bytes.append(contentsOf: field.prefix(Int(UInt16.max)))
        }
        func append(_ tag: Tag, _ number: some FixedWidthInteger) {
            var field: [UInt8] = []
            field.appendBigEndian(number)
            append(tag, field)
        }
        append(.id, id.rawValue)
        if let deletion { append(.deletion, deletion.milliseconds) }
        append(.defaultTimeToLive, settings.defaultTimeToLive.milliseconds)
        if let email = settings.email { append(.email, email.utf8) }
        let keys = settings.accessKeys
        append(.accessKeySalt, keys.salt)
        if let digest = keys.secret { append(.secretKey, digest) }
        if let digest = keys.read { append(.readKey, digest) }
        if let digest = keys.write { append(.writeKey, digest) }
        if let sealed = keys.sealedSigningKey { append(.signingKey, sealed) }
        if let salt = settings.sealingSalt { append(.sealingSalt, salt.bytes) }
        return bytes
    }

    /// - Throws: `damaged` where `bytes` are no namespace of a known format.
    static func decode(
        kind: Kind, name: [UInt8], _ bytes: UnsafeRawBufferPointer
    ) throws(StorageError) -> Namespace {
        let damaged = StorageError(
            .damaged, "the record of \(kind) \(String(decoding: name, as: UTF8.self)) can't be read; restore a backup")
        guard bytes.first == format else { throw damaged }
        var id: NamespaceID?
        var deletion: Timestamp?
        var settings = NamespaceSettings(accessKeys: AccessKeys(salt: []))
        var offset = 1
        while offset < bytes.count {
            guard let tag = Tag(rawValue: bytes[offset]), let length = bytes.bigEndian(UInt16.self, at: offset + 1),
                bytes.count - offset - 3 >= Int(length)
            else { throw damaged }
            let field = UnsafeRawBufferPointer(rebasing: bytes[(offset + 3)..<(offset + 3 + Int(length))])
            offset += 3 + Int(length)
            switch tag {
            case .id: id = field.bigEndian(UInt64.self, at: 0).map(NamespaceID.init(rawValue:))
            case .deletion: deletion = field.bigEndian(Int64.self, at: 0).map(Timestamp.init(milliseconds:))
            case .defaultTimeToLive:
                guard let duration = field.bigEndian(Int64.self, at: 0).flatMap(TimeToLive.init(milliseconds:)) else {
                    throw damaged
                }
                settings.defaultTimeToLive = duration
            case .email: settings.email = String(decoding: field, as: UTF8.self)
            case .accessKeySalt: settings.accessKeys.salt = Array(field)
            case .secretKey: settings.accessKeys.secret = Array(field)
            case .readKey: settings.accessKeys.read = Array(field)
            case .writeKey: settings.accessKeys.write = Array(field)
            case .signingKey: settings.accessKeys.sealedSigningKey = Array(field)
            case .sealingSalt:
                guard let salt = SealingSalt(Array(field)) else { throw damaged }
                settings.sealingSalt = salt
            }
        }
        guard let id else { throw damaged }
        return Namespace(kind: kind, name: name, id: id, settings: settings, deletion: deletion)
    }
}
