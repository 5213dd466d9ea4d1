/// What a file of a KOT database was found to be.
package enum KOTFolderEntry: Hashable, Sendable {
    case value(key: String, KOTFolderValue)
    /// A value that can't be had; `name` is its key, or its file's name where that does not tell the key.
    case skipped(name: String, reason: String)
}

/// A value out of a KOT database.
package struct KOTFolderValue: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// A value that was set as such, as JSON text.
        case json([UInt8])
        /// The bytes of a file, or of a value that was bytes.
        case file([UInt8])
    }

    package let content: Content
    /// Whether it was set with `compress`.
    package let isCompressed: Bool
    /// Whether it was set with an `encryption_key`.
    package let isEncrypted: Bool
}
