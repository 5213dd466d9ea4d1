import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder for this process alone, where the system has what does not last.
struct TemporaryFolder {
    let path: String

    /// - Throws: a `CommandFailure`.
    init() throws {
        let place = FileManager.default.temporaryDirectory.path(percentEncoded: false)
        let template = place + (place.hasSuffix("/") ? "" : "/") + "kvick-XXXXXX"
        var bytes = Array(template.utf8CString)
        let made = bytes.withUnsafeMutableBufferPointer { name in
            name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else {
            throw CommandFailure("can't make a folder in \(place): \(SystemError.last); set TMPDIR to another")
        }
        path = made
    }

    /// One that is there already.
    init(path: String) {
        self.path = path
    }

    /// Removes it with all that is in it.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
