/// What a request's path names, still percent-encoded. Valid only as long as the path's bytes.
package enum Target {
    /// `/`
    case root
    /// `/BUCKET` or `/BUCKET/`
    case bucket(UnsafeRawBufferPointer)
    /// `/BUCKET/KEY`, where the key is all behind the bucket, slashes too.
    case key(bucket: UnsafeRawBufferPointer, UnsafeRawBufferPointer)
    /// `/BUCKET/tokens/`, however it is encoded.
    case tokens(bucket: UnsafeRawBufferPointer)
    /// `/BUCKET/scripts/`, however it is encoded.
    case scripts(bucket: UnsafeRawBufferPointer)
    /// `/BUCKET/scripts/NAME`, likewise.
    case script(bucket: UnsafeRawBufferPointer, UnsafeRawBufferPointer)
    /// `*` or anything else that begins with no slash.
    case none

    /// Reads a path from its first byte.
    package init(path: UnsafeRawBufferPointer) {
        guard path.first == UInt8(ascii: "/") else {
            self = .none
            return
        }
        let rest = UnsafeRawBufferPointer(rebasing: path.dropFirst())
        guard !rest.isEmpty else {
            self = .root
            return
        }
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else {
            self = .bucket(rest)
            return
        }
        let bucket = UnsafeRawBufferPointer(rebasing: rest[..<slash])
        let key = UnsafeRawBufferPointer(rebasing: rest[(slash + 1)...])
        if key.isEmpty {
            self = .bucket(bucket)
        } else if ReservedPaths.isTokens(key) {
            self = .tokens(bucket: bucket)
        } else if let script = ReservedPaths.script(key) {
            self = script.isEmpty ? .scripts(bucket: bucket) : .script(bucket: bucket, script)
        } else {
            self = .key(bucket: bucket, key)
        }
    }
}
