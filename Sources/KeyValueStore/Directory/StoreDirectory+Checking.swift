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
            guard access(PosixFile.folder(of: path), W_OK | X_OK) == 0 else { throw cannotBeMade(path) }
            return
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else { throw isNotWritable(path) }
        let format = try checkFormat(path)
        if format == nil { try requireFreeFolder(path) }
        _ = try hasEngine(path, isNeeded: format != nil)
        _ = try HighWaterMark(path: path + "/acknowledged-revision")
        _ = try secret(path, isNeeded: format != nil)
    }
}
