import HTTPAPI

/// Where scripts are on a server.
enum ScriptPath {
    static func list(of bucket: String) -> String {
        "/\(encoded(bucket))/scripts/"
    }

    static func script(_ name: String, of bucket: String) -> String {
        list(of: bucket) + encoded(name)
    }

    private static func encoded(_ text: String) -> String {
        PercentEncoding.encode(Array(text.utf8))
    }
}
