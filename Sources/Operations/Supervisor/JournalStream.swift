import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The stream by which systemd's journal takes what a service writes (`JOURNAL_STREAM` in systemd.exec(5)).
public enum JournalStream {
    /// Whether what is written to a file descriptor goes there.
    public static func takes(_ descriptor: CInt) -> Bool {
        getenv("JOURNAL_STREAM").map { takes(descriptor, stream: String(cString: $0)) } ?? false
    }

    /// - Parameter stream: the stream's device and inode, as `9:1234`. A process that was started with another standard error
    ///   has the variable, too.
    static func takes(_ descriptor: CInt, stream: String) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// What the journal takes a line's level from, at its beginning (sd-daemon(3)).
    public static func mark(_ level: Logger.Level) -> String { "<\(level.priority)>" }
}

extension Logger.Level {
    /// As syslog(3) numbers them.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
