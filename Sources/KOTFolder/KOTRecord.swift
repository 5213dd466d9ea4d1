/// What KOT pickles into the file of a key (`KOT.set`): a dict of the key, the value, and what kind of value it is.
struct KOTRecord {
    enum Stored {
        case value(PickleValue)
        case encrypted(FernetToken)
        /// The value is a file that lies beside this one, under the same name and this extension.
        case directFile(extension: String)
        /// The value is kept at another place of the file system.
        case shortCut
    }

    let key: String
    let stored: Stored

    /// - Throws: where `pickle` is no plain data, or no record.
    init(pickle: [UInt8]) throws(PickleError) {
        let record = try PickleValue(pickle: pickle)
        guard case .string(let key)? = record["key"], let value = record["value"] else {
            throw PickleError("it is no value of KOT")
        }
        self.key = key
        stored = try Self.stored(value, in: record)
    }

    private static func stored(_ value: PickleValue, in record: PickleValue) throws(PickleError) -> Stored {
        if record["short_cut"] == .bool(true) { return .shortCut }
        if case .bytes(let bytes) = value { return FernetToken(bytes).map { .encrypted($0) } ?? .value(value) }
        guard let meta = record["meta"], meta["type"] == .string("file") else { return .value(value) }
        // Of the path only what is behind its last dot is used, so that it leads nowhere else.
        guard case .string(let path)? = meta["file"], let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else {
            throw PickleError("it does not tell its file")
        }
        let fileExtension = String(path[path.index(after: dot)...])
        guard !fileExtension.isEmpty, !fileExtension.utf8.contains(where: { [0, 0x2F, 0x5C].contains($0) }) else {
            throw PickleError("it does not tell its file")
        }
        return .directFile(extension: fileExtension)
    }
}
