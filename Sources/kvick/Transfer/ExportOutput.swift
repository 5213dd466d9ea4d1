#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where an export is written to: standard output, or a file that is there once it is whole.
enum ExportOutput {
    case standard(StandardOutput)
    /// A device or a pipe, which is written to as it is.
    case special(OpenFile, path: String)
    case file(OpenFile, PartialFile, replacing: Bool)

    /// - Parameters:
    ///   - path: `-` for standard output.
    ///   - replacing: whether a file that is there may be replaced.
    /// - Throws: a `CommandFailure`.
    init(path: String, replacing: Bool) throws {
        if path == "-" {
            self = .standard(StandardOutput())
        } else if PartialFile.isSpecial(path) {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.failure(path, .last) }
            self = .special(OpenFile(descriptor: descriptor), path: path)
        } else {
            guard replacing || access(path, F_OK) != 0 else { throw Self.exists(path) }
            let names = PartialFile(path: path)
            do {
                self = .file(try names.create(), names, replacing: replacing)
            } catch {
                throw Self.failure(path, error)
            }
        }
    }

    /// Whether lines of other kinds may be written to the terminal meanwhile.
    var leavesTerminal: Bool {
        if case .standard = self { !StandardOutput.isTerminal } else { true }
    }

    func write(_ bytes: [UInt8]) throws {
        switch self {
        case .standard(let output): try output.write(bytes)
        case .special(let file, let path): try Self.naming(path) { () throws(SystemError) in try file.writeAll(bytes) }
        case .file(let file, let names, _):
            try Self.naming(names.path) { () throws(SystemError) in try file.writeAll(bytes) }
        }
    }

    /// Ends what is whole: a file gets its name once it is on disk.
    func finish() throws {
        switch self {
        case .standard(let output):
            try output.flush()
        case .special(let file, _):
            close(file.descriptor)
        case .file(let file, let names, let replacing):
            do {
                try file.sync()
                try names.place(replacing: replacing)
                close(file.descriptor)
            } catch  where error.code == EEXIST && !replacing {
                throw Self.exists(names.path)
            } catch {
                throw Self.failure(names.path, error)
            }
        }
    }

    /// Ends what is not whole: of a file nothing is left, and standard output has what came.
    func abandon() {
        switch self {
        case .standard(let output):
            try? output.flush()
        case .special(let file, _):
            close(file.descriptor)
        case .file(let file, let names, _):
            close(file.descriptor)
            names.remove()
        }
    }

    private static func naming(_ path: String, _ body: () throws(SystemError) -> Void) throws {
        do {
            try body()
        } catch {
            throw failure(path, error)
        }
    }

    private static func failure(_ path: String, _ error: SystemError) -> CommandFailure {
        CommandFailure("\(path) can't be written: \(error)")
    }

    private static func exists(_ path: String) -> CommandFailure {
        CommandFailure("\(path) is there already; choose another name, or replace it with --force")
    }
}
