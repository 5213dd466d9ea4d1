import HTTPAPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The records of an import as they are read, one line at a time.
struct ImportSource {
    private static let pieceSize = 256 << 10

    /// As people know it.
    private let name: String
    private let file: OpenFile
    private let onlyIfAbsent: Bool
    /// In bytes; nil where it is not known, as of a pipe.
    let size: Int?
    /// How much of it was read, in bytes.
    private(set) var position = 0
    private var lines = LineSplitter()
    private var lineCount = 0
    private var isAtEnd = false

    /// - Parameters:
    ///   - path: `-` for standard input.
    ///   - onlyIfAbsent: whether the records are to be set only where their keys are not there.
    /// - Throws: a `CommandFailure` where it can't be read.
    init(path: String, onlyIfAbsent: Bool) throws {
        let isInput = path == "-"
        name = isInput ? "standard input" : path
        let descriptor = isInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFailure("\(path) can't be read: \(SystemError.last)") }
        file = OpenFile(descriptor: descriptor)
        self.onlyIfAbsent = onlyIfAbsent
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int(status.st_size) : nil
    }

    func close() {
        #if canImport(Glibc)
            Glibc.close(file.descriptor)
        #elseif canImport(Musl)
            Musl.close(file.descriptor)
        #elseif canImport(Darwin)
            Darwin.close(file.descriptor)
        #endif
    }

    /// The next record; nil at the end. Lines of white space alone are passed over.
    ///
    /// - Throws: a `CommandFailure` that names the line.
    mutating func next() throws -> ImportRecord? {
        while let line = try nextLine() {
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            do throws(APIError) {
                return try ImportRecord(line, line: lineCount, onlyIfAbsent: onlyIfAbsent)
            } catch {
                throw failure(error.message, line: lineCount)
            }
        }
        return nil
    }

    /// What is wrong with a line, with its place.
    func failure(_ reason: String, line: Int) -> CommandFailure {
        CommandFailure("\(name):\(line): \(reason)")
    }

    private mutating func nextLine() throws -> [UInt8]? {
        while true {
            do {
                if let line = try lines.next() {
                    lineCount += 1
                    return line
                }
            } catch {
                throw failure("\(error)", line: lineCount + 1)
            }
            guard !isAtEnd else { return nil }
            let piece = try read()
            position += piece.count
            isAtEnd = piece.isEmpty
            // The last line may have no end.
            lines.append(isAtEnd && lines.hasRest ? [UInt8(ascii: "\n")] : piece)
        }
    }

    private func read() throws -> ArraySlice<UInt8> {
        do {
            return try file.readPiece(sizeMax: Self.pieceSize)
        } catch {
            throw CommandFailure("\(name) can't be read: \(error)")
        }
    }
}
