import ArgumentParser

extension Setting {
    /// The most that a file with a secret may have.
    private static let secretFileSizeMax = ByteSize(bytes: 64 << 10)

    /// A secret of a server: itself, or what the file has that `NAME-file` names; the one that was given nearer.
    ///
    /// - Throws: a `ValidationError` where both were given in one place, or the file holds none; a `CommandFailure` where it can't be
    ///   read.
    init(secret name: String, in sources: SettingSources) throws {
        let file = Setting(path: name + "-file", in: sources)
        self = try Setting(name, in: sources, isSecret: true).orContent(of: file)
    }

    /// This secret, or what the file has that another setting names, whichever was given nearer.
    ///
    /// - Throws: as `init`.
    func orContent(of file: Setting) throws -> Setting {
        guard let path = try file.value(expecting: "a file", Setting.line), let named = file.given else { return self }
        if let given, given.origin.distance <= named.origin.distance {
            guard given.origin.distance < named.origin.distance else {
                throw ValidationError("\(given.source) and \(named.source) are both given; give one of them")
            }
            return self
        }
        let text = try Self.secret(path, named.source)
        sources?.note(file: path, ofSecret: name)
        return replacing(Given(text: text, source: "\(path) (\(named.source))", origin: named.origin))
    }

    /// - Parameter source: who names the file, for errors.
    private static func secret(_ path: String, _ source: String) throws -> String {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, sizeMax: secretFileSizeMax)
        } catch {
            throw CommandFailure("\(source): \(error)")
        }
        // Editors and `echo` end a line; a secret has no part in that.
        let end = bytes.suffix(2) == [0x0D, 0x0A] ? 2 : bytes.last == 0x0A ? 1 : 0
        guard bytes.count > end else {
            throw ValidationError("\(source): \(path) is empty; write the secret into it")
        }
        guard let text = String(validating: bytes.dropLast(end), as: UTF8.self).flatMap(line) else {
            throw ValidationError("\(source): \(path) must have one line of text, the secret, and nothing else")
        }
        return text
    }
}
