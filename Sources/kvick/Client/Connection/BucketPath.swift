import HTTPAPI

/// Where buckets are on a server, and what is in them.
enum BucketPath {
    /// What all keys of a bucket, and all else that it has, begin with.
    static func bucket(_ id: String) -> String {
        "/\(encoded(id))/"
    }

    /// - Parameter key: text, for the client of HTTP sends no path that is not UTF-8.
    static func key(_ key: String, of id: String) -> String {
        let encoded = encoded(key)
        // Dots alone would be taken for a folder's (RFC 3986 §5.2.4).
        let isDots = encoded == "." || encoded == ".."
        return bucket(id) + (isDots ? encoded.replacing(".", with: "%2E") : encoded)
    }

    static func tokens(of id: String) -> String {
        bucket(id) + "tokens/"
    }

    static func scripts(of id: String) -> String {
        bucket(id) + "scripts/"
    }

    static func script(_ name: String, of id: String) -> String {
        scripts(of: id) + encoded(name)
    }

    private static func encoded(_ text: String) -> String {
        PercentEncoding.encode(Array(text.utf8))
    }
}
