import Archive

/// Makes entries of the files of a database.
struct EntryReader {
    enum Outcome {
        case entry(KOTFolderEntry)
        /// The value is the bytes of another file.
        case directFile(key: String, fileName: String)
    }

    let encryptionKey: String?

    /// What the file is that has this name and these bytes.
    func outcome(fileName: String, _ bytes: [UInt8]) -> Outcome {
        let file: KOTRecordFile
        do {
            file = try KOTRecordFile(bytes)
        } catch {
            return .entry(.skipped(name: fileName, reason: "\(error)"))
        }
        let key = file.record.key
        switch file.record.stored {
        case .directFile(let fileExtension):
            return .directFile(key: key, fileName: fileName + "." + fileExtension)
        case .shortCut:
            return .entry(.skipped(name: key, reason: "its value is kept at another place (custom_key_location)"))
        case .value(let value):
            return .entry(entry(key, value, isCompressed: file.isCompressed, isEncrypted: false))
        case .encrypted(let token):
            return .entry(entry(key, token, isCompressed: file.isCompressed))
        }
    }

    private func entry(_ key: String, _ token: FernetToken, isCompressed: Bool) -> KOTFolderEntry {
        guard let encryptionKey else {
            return .skipped(name: key, reason: "encrypted; give --encryption_key")
        }
        guard let pickle = token.open(passphrase: encryptionKey) else {
            return .skipped(name: key, reason: "encrypted with another key; give that one as --encryption_key")
        }
        do throws(PickleError) {
            return entry(key, try PickleValue(pickle: pickle), isCompressed: isCompressed, isEncrypted: true)
        } catch {
            return .skipped(name: key, reason: error.message)
        }
    }

    private func entry(_ key: String, _ value: PickleValue, isCompressed: Bool, isEncrypted: Bool) -> KOTFolderEntry {
        do throws(PickleError) {
            let content: KOTFolderValue.Content =
                if case .bytes(let bytes) = value { .file(bytes) } else { .json(try value.json()) }
            return .value(
                key: key, KOTFolderValue(content: content, isCompressed: isCompressed, isEncrypted: isEncrypted))
        } catch {
            return .skipped(name: key, reason: error.message)
        }
    }
}
