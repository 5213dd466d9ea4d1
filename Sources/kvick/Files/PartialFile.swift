#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The names of a file that has another one until it is whole and on disk.
struct PartialFile {
    /// The one that it will have.
    let path: String
    /// The one until then, in the same folder.
    let temporaryPath: String

    init(path: String) {
        self.path = path
        // By chance, and not by the process's id: in a container that is the same each time.
        temporaryPath = path + ".\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).part"
    }

    /// Whether something is there that is neither a file nor a folder, as a device or a pipe: it is written to as it is,
    /// for a file beside it can't take its place.
    static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }

    /// Opens a new file of the temporary name to be written.
    ///
    /// - Parameters:
    ///   - mode: who may do what with it; nil for the mode of the one that it replaces, if any.
    ///   - keepsOwner: whether it goes to the owner of that one, where this process may give files away. Not for what that
    ///     owner must not see.
    func create(mode: mode_t? = nil, keepsOwner: Bool = false) throws(SystemError) -> OpenFile {
        var status = stat()
        let isReplacing = stat(path, &status) == 0
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode ?? 0o666)
        guard descriptor >= 0 else { throw .last }
        if isReplacing, keepsOwner { fchown(descriptor, status.st_uid, status.st_gid) }
        // A file that others may not read stays one.
        if isReplacing, mode == nil { fchmod(descriptor, status.st_mode & 0o777) }
        return OpenFile(descriptor: descriptor)
    }

    /// Gives the file its name, once it is on disk; then the name, too, outlasts a loss of power.
    ///
    /// - Parameter replacing: whether it may take the place of another file.
    /// - Throws: with the code `EEXIST` where it may not.
    func place(replacing: Bool) throws(SystemError) {
        if replacing {
            guard rename(temporaryPath, path) == 0 else { throw .last }
        } else {
            try placeBesideOthers()
        }
        syncFolder()
    }

    func remove() {
        unlink(temporaryPath)
    }

    private func placeBesideOthers() throws(SystemError) {
        // Unlike a rename, a link never takes the place of another file; some file systems have none.
        if link(temporaryPath, path) == 0 {
            remove()
            return
        }
        guard errno != EEXIST, access(path, F_OK) != 0 else { throw SystemError(code: EEXIST) }
        guard rename(temporaryPath, path) == 0 else { throw .last }
    }

    private func syncFolder() {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let descriptor = open(folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
