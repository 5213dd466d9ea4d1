import CArchive

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A failure to write or read an archive.
package struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line that names the file or entry, and what to do where something can be done.
    package let message: String

    package var description: String { message }

    init(_ message: String) {
        self.message = message
    }

    /// What the system said last of `path`.
    static func system(_ verb: String, _ path: String) -> ArchiveError {
        ArchiveError("can't \(verb) \(path): \(String(cString: strerror(errno)))")
    }

    /// What libarchive said last of its `archive`, of which `subject` is the file or entry.
    static func library(_ archive: OpaquePointer, _ verb: String, _ subject: String) -> ArchiveError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
        return ArchiveError("can't \(verb) \(subject): \(reason)")
    }
}
