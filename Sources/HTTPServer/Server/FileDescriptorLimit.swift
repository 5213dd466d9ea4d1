#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file descriptors that the system allows the process (`ulimit -n`).
enum FileDescriptorLimit {
    /// Nil where there is no limit or it is not known.
    static var current: Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            let status = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            let status = getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        guard status == 0, limit.rlim_cur < rlim_t(Int32.max) else { return nil }
        return Int(limit.rlim_cur)
    }

    /// The most connections to admit, of those asked for, so that a quarter of the descriptors is left for the rest of
    /// the process, and some for connections that are told that there is no room.
    static func connections(of wanted: Int, limit: Int?) -> Int {
        guard let limit else { return wanted }
        let available = limit - max(limit / 4, 32)
        return min(wanted, max(1, (available - ConnectionLimit.refusalAllowance(of: 0)) / 9 * 8))
    }
}
