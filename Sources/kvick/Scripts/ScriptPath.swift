import HTTPAPI

/// Where buckets and their scripts are on a server.
enum ScriptPath {
    /// What all keys of a bucket, and all else that it has, begin with.
    static func bucket(_ bucket: String) -> String {
        "/\(encoded(bucket))/"
    }

    static func list(of bucket: String) -> String {
        self.bucket(bucket) + "scripts/"
    }

    static func script(_ name: String, of bucket: String) -> String {
        list(of: bucket) + encoded(name)
    }

    private static func encoded(_ text: String) -> String {
        PercentEncoding.encode(Array(text.utf8))
    }
}
