#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whose a file is, and who may read it.
struct FileAccess {
    /// Whether others than the file's owner and their group may read it.
    let isOpenToAll: Bool
    /// Whether it belongs to the user that this process runs as.
    let isOwn: Bool

    /// Nil where there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        isOpenToAll = status.st_mode & S_IROTH != 0
        isOwn = status.st_uid == geteuid()
    }
}
