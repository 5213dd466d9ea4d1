#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ClientConfigurationFile {
    /// Makes sure that `save` can be done with a bucket of this name, as far as can be told.
    ///
    /// - Parameter key: the one that is to be kept, where it is known yet.
    /// - Throws: a `CommandFailure`.
    func requireRoom(for name: String, key: String? = nil) throws {
        let place = try place()
        _ = try text(adding: ClientConfiguration.Bucket(name: name, id: "x", key: key))
        try makeFolder()
        let folder = Self.folder(of: place)
        guard access(folder, W_OK | X_OK) == 0 else {
            throw CommandFailure("nothing can be written in \(folder): \(SystemError.last)")
        }
    }

    /// Puts a bucket into the file, whose text is kept as it is, and which nobody else may read from then on.
    ///
    /// - Throws: a `CommandFailure`.
    func save(_ bucket: ClientConfiguration.Bucket) throws {
        try makeFolder()
        try replace { try text(adding: bucket) }
    }

    /// Takes a bucket out of the file, whose text is kept as it is otherwise.
    ///
    /// - Throws: a `CommandFailure`.
    func forget(_ name: String) throws {
        try replace { try text(removing: name) }
    }

    /// Nobody else may read the file from then on.
    private func replace(with text: () throws -> String) throws {
        let place = try place()
        let lock = Self.lockFolder(of: place)
        defer { if let lock { close(lock) } }
        try WholeFile.replace(place, with: Array(text().utf8), mode: 0o600, keepsOwner: true)
    }

    /// The file itself, where `path` is a link to it, so that the link stays one.
    ///
    /// - Throws: where nothing would be kept there, or the link would be lost.
    private func place() throws -> String {
        var status = stat()
        if let file = WholeFile.realPath(path), stat(file, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw CommandFailure("\(path) is no file that keeps anything; name one with KVICK_CLIENT_CONFIG")
            }
            return file
        }
        guard lstat(path, &status) != 0 else {
            throw CommandFailure("\(path) is a link to a file that is not there; make that file, or remove the link")
        }
        return path
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    }

    /// Waits until nobody else saves there, for a file that is replaced can't be locked itself.
    ///
    /// - Returns: what holds the lock until it is closed; nil where the file system has none.
    private static func lockFolder(of path: String) -> CInt? {
        let descriptor = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                return nil
            }
        }
        return descriptor
    }

    private func text(adding bucket: ClientConfiguration.Bucket) throws -> String {
        let content = try content()
        var expected = content?.configuration ?? ClientConfiguration()
        guard expected.bucket(named: bucket.name) == nil else {
            throw CommandFailure(
                "there is a bucket \(bucket.name) in \(path); choose another name, or take it out with 'kvick bucket forget'"
            )
        }
        var bucket = bucket
        // What holds of all is not said again.
        if bucket.caFile == expected.caFile { bucket.caFile = nil }
        expected.buckets.append(bucket)
        guard let alone = ConfigurationText("").adding(bucket), says(alone, ClientConfiguration(buckets: [bucket]))
        else {
            throw CommandFailure(
                "\(bucket.name) can't be kept in \(path): its id, key or certificates have characters that no YAML has; choose others"
            )
        }
        guard let text = ConfigurationText(content?.text ?? "").adding(bucket), says(text, expected) else {
            throw CommandFailure(
                "\(path) is written in a way that nothing can be added to; write 'buckets:' on a line of its own")
        }
        return text
    }

    private func text(removing name: String) throws -> String {
        guard let content = try content(), content.configuration.bucket(named: name) != nil else {
            throw CommandFailure("there is no bucket \(name) in \(path)", .notFound)
        }
        var expected = content.configuration
        expected.buckets.removeAll { $0.name == name }
        let line = try ClientConfiguration.line(of: name, in: content.text)
        guard let line, let text = ConfigurationText(content.text).removing(at: line), says(text, expected) else {
            throw CommandFailure(
                "\(path) is written in a way that nothing can be taken out of; take \(name) out by hand")
        }
        return text
    }

    private func says(_ text: String, _ expected: ClientConfiguration) -> Bool {
        (try? configuration(of: text))?.isEqual(to: expected) ?? false
    }

    private func makeFolder() throws {
        guard let slash = path.lastIndex(of: "/") else { return }
        var made = ""
        for part in path[..<slash].split(separator: "/", omittingEmptySubsequences: false) {
            made += part + "/"
            guard mkdir(made, 0o700) == 0 || [EEXIST, EISDIR].contains(errno) || access(made, F_OK) == 0 else {
                throw CommandFailure("the folder \(made) can't be made: \(SystemError.last)")
            }
        }
    }
}

extension ClientConfiguration {
    /// Whether they say the same, in whatever order.
    fileprivate func isEqual(to other: ClientConfiguration) -> Bool {
        url == other.url && caFile == other.caFile && buckets.count == other.buckets.count
            && buckets.allSatisfy { other.bucket(named: $0.name) == $0 }
    }
}
