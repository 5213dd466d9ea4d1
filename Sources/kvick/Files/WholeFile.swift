#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that are read and written as a whole.
enum WholeFile {
    /// - Throws: a `CommandFailure`, also where there are more than `sizeMax` bytes.
    static func read(_ path: String, sizeMax: ByteSize) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFailure("\(path) can't be read: \(SystemError.last)") }
        defer { close(descriptor) }
        return try read(OpenFile(descriptor: descriptor), path, sizeMax: sizeMax)
    }

    /// As `read`, where `-` is standard input.
    static func readInput(_ path: String, sizeMax: ByteSize) throws -> [UInt8] {
        guard path == "-" else { return try read(path, sizeMax: sizeMax) }
        return try read(OpenFile(descriptor: STDIN_FILENO), "standard input", sizeMax: sizeMax)
    }

    private static func read(_ file: OpenFile, _ name: String, sizeMax: ByteSize) throws -> [UInt8] {
        let bytes: [UInt8]?
        do {
            bytes = try file.readAll(sizeMax: sizeMax.bytes)
        } catch {
            throw CommandFailure("\(name) can't be read: \(error)")
        }
        guard let bytes else { throw CommandFailure("\(name) is too large; it may have up to \(sizeMax)") }
        return bytes
    }

    /// The absolute path without links; nil where there is no such file.
    static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Puts `bytes` in the place of whatever is at `path`, which is the one or the other at any moment.
    ///
    /// - Parameters:
    ///   - mode: who may do what with the file; nil for what is usual, or was before.
    ///   - keepsOwner: as `PartialFile.create` has it.
    /// - Throws: a `CommandFailure`.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t? = nil, keepsOwner: Bool = false) throws {
        do {
            try replaceAtomically(path, with: bytes, mode: mode, keepsOwner: keepsOwner)
        } catch {
            throw CommandFailure("\(path) can't be written: \(error)")
        }
    }

    private static func replaceAtomically(
        _ path: String, with bytes: [UInt8], mode: mode_t?, keepsOwner: Bool
    ) throws(SystemError) {
        guard !PartialFile.isSpecial(path) else {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .last }
            defer { close(descriptor) }
            return try OpenFile(descriptor: descriptor).writeAll(bytes)
        }
        let names = PartialFile(path: path)
        let file = try names.create(mode: mode, keepsOwner: keepsOwner)
        defer { close(file.descriptor) }
        do throws(SystemError) {
            try file.writeAll(bytes)
            try file.sync()
            try names.place(replacing: true)
        } catch {
            names.remove()
            throw error
        }
    }
}
