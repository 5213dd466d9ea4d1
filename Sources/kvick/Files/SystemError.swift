#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a system call failed, as `strerror(3)` words it.
struct SystemError: Error, CustomStringConvertible {
    /// An `errno`.
    let code: Int32

    /// Of the call that failed last in this thread.
    static var last: SystemError { SystemError(code: errno) }

    var description: String { String(cString: strerror(code)) }
}
