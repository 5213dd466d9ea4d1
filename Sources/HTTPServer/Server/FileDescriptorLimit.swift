#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file descriptors that the system allows the process (`ulimit -n`); each connection takes one.
public enum FileDescriptorLimit {
    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif

    /// Takes all that the system lets this process have. Does nothing where that fails.
    public static func raise() {
        guard let limits, limits.soft < highest(of: limits.hard) else { return }
        set(soft: highest(of: limits.hard), hard: limits.hard)
    }

    static func set(soft: rlim_t, hard: rlim_t) {
        var limit = rlimit(rlim_cur: soft, rlim_max: hard)
        setrlimit(resource, &limit)
    }

    /// The highest limit that may be set under the system's hard one.
    static func highest(of hard: rlim_t) -> rlim_t {
        #if canImport(Darwin)
            // More is refused, even where the hard limit is said to be infinite.
            min(hard, rlim_t(OPEN_MAX))
        #else
            hard
        #endif
    }

    /// Nil where they are not known.
    static var limits: (soft: rlim_t, hard: rlim_t)? {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return nil }
        return (limit.rlim_cur, limit.rlim_max)
    }

    /// Nil where there is no limit or it is not known.
    static var current: Int? {
        guard let limits, limits.soft < rlim_t(Int32.max) else { return nil }
        return Int(limits.soft)
    }

    /// The most connections to admit, of those asked for, so that a quarter of the descriptors is left for the rest of
    /// the process, and some for connections that are told that there is no room.
    static func connections(of wanted: Int, limit: Int?) -> Int {
        guard let limit else { return wanted }
        let available = limit - max(limit / 4, 32)
        return min(wanted, max(1, (available - ConnectionLimit.refusalAllowance(of: 0)) / 9 * 8))
    }
}
