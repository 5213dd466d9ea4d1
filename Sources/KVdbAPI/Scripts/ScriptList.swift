import FoundationEssentials
import HTTPAPI
import KeyValueStore
import NIOCore

/// The scripts of a bucket as JSON.
enum ScriptList {
    static func json(_ scripts: [ListedScript]) -> ByteBuffer {
        var body = JSONWriter()
        body.raw("[")
        for (index, script) in scripts.enumerated() {
            if index > 0 { body.raw(",") }
            body.raw(#"{"name":"#)
            script.name.withUnsafeBytes { body.bytes($0, isUTF8: true) }
            body.raw(#","size":"#)
            body.integer(Int64(script.size))
            body.raw(#","updated":"#)
            body.string(text(of: script.updated))
            body.raw("}")
        }
        body.raw("]")
        return body.buffer
    }

    /// In UTC, to the second, as RFC 3339 writes it: `2026-11-21T23:44:38Z`.
    private static func text(of time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds / 1000)).formatted(.iso8601)
    }
}
