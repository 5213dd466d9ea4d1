#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The locale in which libarchive is called: it converts the names of entries to the thread's locale, which can't hold all of
/// them where it is "C".
enum UTF8Locale {
    // Unsafe only by its type: it is made once, read by all threads and never freed.
    nonisolated(unsafe) private static let locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)

    /// Calls `body` with UTF-8 as the thread's encoding of text.
    static func during<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let locale else { return try body() }
        let previous = uselocale(locale)
        defer { uselocale(previous) }
        return try body()
    }
}
