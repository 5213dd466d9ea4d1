import HTTPAPI

/// What a script may be called: 1 to 64 of `A-Z a-z 0-9 . _ -`, but neither `.` nor `..`, by which clients mean other paths.
package enum ScriptName {
    package static func isValid(_ name: [UInt8]) -> Bool {
        (1...64).contains(name.count) && name.allSatisfy(isAllowed) && name != Array(".".utf8)
            && name != Array("..".utf8)
    }

    /// - Returns: nil where no script can have that name.
    static func decode(_ encoded: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let name = PercentEncoding.decode(encoded), isValid(name) else { return nil }
        return name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        // As of a bucket's id, and the dot.
        BucketID.isAllowed(byte) || byte == UInt8(ascii: ".")
    }
}
