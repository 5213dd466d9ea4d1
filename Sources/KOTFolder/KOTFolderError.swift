/// Why a folder or backup of KOT can't be read.
package struct KOTFolderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line that names the file or folder, and what to do where something can be done.
    package let message: String

    package var description: String { message }

    init(_ message: String) {
        self.message = message
    }

    static func tooLarge(_ name: String) -> KOTFolderError {
        KOTFolderError("\(name) is larger than \(KOTRecordFile.sizeMax >> 20) MiB")
    }
}
