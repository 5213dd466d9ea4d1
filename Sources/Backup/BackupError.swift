#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a backup can't be made or read: one line that names the file and says what to do.
package struct BackupError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// What the system said last of `path`.
    static func system(_ verb: String, _ path: String) -> BackupError {
        BackupError("can't \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
