/// The source of a script on its way to a bucket.
enum ScriptSource {
    private static let sizeMax = ByteSize(bytes: 64 << 10)

    /// What a script is called that nobody named: as its file, without `.lua`.
    static func name(ofFile file: String) -> String {
        let last = file.split(separator: "/").last ?? ""
        return String(last.hasSuffix(".lua") ? last.dropLast(4) : last)
    }

    /// - Parameter file: `-` for standard input.
    /// - Throws: a `CommandFailure`, also where it is larger than a server takes.
    static func read(_ file: String) throws -> [UInt8] {
        try WholeFile.readInput(file, sizeMax: sizeMax)
    }
}
