import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension StoreDirectory {
    /// Looks whether there could be a store at `path`, as opening it does, but neither holds nor changes anything; another process
    /// may have it open. What only its engine can tell is left out.
    ///
    /// - Throws: `unsupportedFormat`, `damaged`, `inaccessible`.
    public static func check(_ path: String) throws(StorageError) {
        guard try isFolder(path) else {
            // A file in the folder's place has no member, not even this one.
            guard access(PosixFile.folder(of: path) + "/.", W_OK | X_OK) == 0 else { throw cannotBeMade(path) }
            return
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else { throw isNotWritable(path) }
        try requireAccess(path + "/LOCK", R_OK | W_OK)
        let format = try checkFormat(path)
        if format == nil { try requireFreeFolder(path) }
        try checkEngineFolder(path + "/" + engineName)
        _ = try hasEngine(path, isNeeded: format != nil)
        _ = try HighWaterMark(path: path + "/acknowledged-revision")
        _ = try secret(path, isNeeded: format != nil)
    }

    /// An engine reads its files and makes new ones beside them; it writes into none that is there but its lock.
    private static func checkEngineFolder(_ path: String) throws(StorageError) {
        try requireAccess(path, R_OK | W_OK | X_OK)
        try requireAccess(path + "/LOCK", R_OK | W_OK)
        for name in PosixFile.names(in: path) ?? [] where !isForPeople(name) {
            try requireAccess(path + "/" + name, R_OK)
        }
    }

    /// What the engine notes for people and does not read again.
    private static func isForPeople(_ name: String) -> Bool {
        name.hasPrefix("LOG") || name.hasPrefix("OPTIONS-")
    }

    /// - Parameter path: of what may be missing.
    private static func requireAccess(_ path: String, _ mode: CInt) throws(StorageError) {
        guard access(path, mode) == 0 || errno == ENOENT else { throw isOfAnother(path) }
    }
}
