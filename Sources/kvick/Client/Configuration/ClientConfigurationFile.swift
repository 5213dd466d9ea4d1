import YAML

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file in which people keep what a client is told, in YAML.
struct ClientConfigurationFile {
    private static let sizeMax = ByteSize(bytes: 1 << 20)

    let path: String

    /// By the environment: KVICK_CLIENT_CONFIG, else in `$XDG_CONFIG_HOME` or `~/.config` (XDG Base Directory Specification).
    /// Nil where there is no home.
    static var current: ClientConfigurationFile? {
        if let path = Environment.given(Environment.variable(of: "client-config"))?.text {
            return ClientConfigurationFile(path: path)
        }
        // A relative one is to be ignored.
        let folder =
            Environment.given("XDG_CONFIG_HOME").flatMap { $0.text.hasPrefix("/") ? $0.text : nil }
            ?? home.map { $0 + "/.config" }
        return folder.map { ClientConfigurationFile(path: $0 + "/kvick/client.yaml") }
    }

    /// As `current`.
    ///
    /// - Throws: a `CommandFailure` where there is no home.
    static func required() throws -> ClientConfigurationFile {
        guard let current else {
            throw CommandFailure("there is no home for the client's file; set KVICK_CLIENT_CONFIG")
        }
        return current
    }

    /// For the shell that completes one; none where the file can't be read.
    static var bucketNames: [String] {
        (try? current?.content()?.configuration)?.buckets.map(\.name) ?? []
    }

    /// What it says; nothing where there is no file. Where it has keys that others may read, standard error says so.
    ///
    /// - Throws: a `CommandFailure` that names the line.
    func read() throws -> ClientConfiguration {
        guard let configuration = try content()?.configuration else { return ClientConfiguration() }
        var status = stat()
        if configuration.holdsKeys, stat(path, &status) == 0, status.st_mode & 0o077 != 0 {
            StandardError.print("kvick: \(path) holds keys, and others may read it; chmod 600 \(path)\n")
        }
        return configuration
    }

    /// Nil where there is no file.
    func content() throws -> (text: String, configuration: ClientConfiguration)? {
        guard access(path, F_OK) == 0 else { return nil }
        let bytes = try WholeFile.read(path, sizeMax: Self.sizeMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("\(path) is not valid UTF-8; write it in that")
        }
        return (text, try configuration(of: text))
    }

    func configuration(of text: String) throws -> ClientConfiguration {
        do {
            return try ClientConfiguration(yaml: text, path: absolute)
        } catch let failure as YAMLFailure {
            throw CommandFailure("\(path):\(failure.line): \(failure.message)")
        }
    }

    /// `~/` is the home, and what is relative is beside the file.
    private func absolute(_ named: String) -> String {
        if named.hasPrefix("~/"), let home = Self.home { return home + named.dropFirst() }
        return PathText.path(named, besideFile: path)
    }

    private static var home: String? { Environment.given("HOME")?.text }
}
