#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Paths as people write them.
enum PathText {
    /// What is relative is beside the file that it is written in.
    static func path(_ path: String, besideFile file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    /// What is relative is in the current folder. Slashes at the end are dropped, and an empty path stays so.
    static func absolute(_ path: String) -> String {
        guard !path.isEmpty else { return path }
        var absolute =
            path.hasPrefix("/") ? path : currentFolder + (path.hasPrefix("./") ? path.dropFirst(2) : path[...])
        while absolute.count > 1, absolute.hasSuffix("/") { absolute.removeLast() }
        return absolute
    }

    /// With a slash at its end.
    private static var currentFolder: String {
        guard let folder = getcwd(nil, 0) else { return "./" }
        defer { free(folder) }
        let path = String(cString: folder)
        return path.hasSuffix("/") ? path : path + "/"
    }
}
