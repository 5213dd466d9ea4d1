#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How much a thread gets of processors that are scarce.
package enum ThreadPriority {
    /// Has the thread that it runs on stand back behind those that answer requests.
    package static func lower() {
        #if os(Linux)
            // Linux takes 0 for the calling thread alone (setpriority(2), "C library/kernel differences").
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #endif
    }
}
