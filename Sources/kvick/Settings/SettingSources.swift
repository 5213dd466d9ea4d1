import ArgumentParser

/// Where a server's settings come from, the first that has one: flags, the environment, the file. Remembers what came of them.
///
/// For one thread, before anything is served.
final class SettingSources {
    private let flags: [String: String]
    let file: SettingsFile?
    /// All settings that were asked for, in that order.
    private(set) var effective: [EffectiveSetting] = []
    private var secretFiles: [(path: String, secret: String)] = []

    /// - Parameters:
    ///   - flags: the values of those that are there, by name.
    ///   - file: the path of the settings' file; nil for what `KVICK_CONFIG` names, if anything.
    /// - Throws: a `ValidationError` or a `CommandFailure` where there is a file and it can't be read.
    init(flags: [String: String], file: String? = nil) throws {
        self.flags = flags
        self.file = try (file ?? Environment.given(Environment.variable(of: "config"))?.text).map {
            try SettingsFile(path: $0)
        }
    }

    func given(_ name: String) -> Setting.Given? {
        flags[name].map { Setting.Given(text: $0, source: "--" + name) }
            ?? Environment.given(Environment.variable(of: name)) ?? file?.given(name)
    }

    func note(_ setting: EffectiveSetting) {
        effective.append(setting)
    }

    /// Remembers the file that a secret was read from.
    func note(file path: String, ofSecret name: String) {
        secretFiles.append((path, name))
    }

    /// Which file, of those with a secret, anyone may read; nil where none is such.
    var warning: String? {
        guard let (path, name) = openFile else { return nil }
        return "\(path) has \(name), and anyone on this machine may read it; chmod 600 \(path)"
    }

    private var openFile: (path: String, secret: String)? {
        if let file, FileAccess(file.path)?.isOpenToAll == true,
            let secret = effective.first(where: {
                $0.isSecret && $0.source != nil && $0.source == file.given($0.name)?.source
            })
        {
            return (file.path, secret.name)
        }
        // Those of others, as of the engine that runs this container, are theirs to mend.
        return secretFiles.first { path, _ in FileAccess(path).map { $0.isOpenToAll && $0.isOwn } ?? false }
    }

    /// Refuses names of the file, and of variables, that are no setting's. Asked when all settings were.
    ///
    /// - Throws: a `ValidationError` that says which may be meant.
    func requireKnownNames() throws {
        let known = effective.map(\.name)
        for (name, place) in file?.names ?? [] where !known.contains(name) {
            let hint = NearestName.hint(for: name, in: known)
            throw ValidationError("\(place): there is no setting '\(name)'\(hint.isEmpty ? Self.list : hint)")
        }
        let variables = known.map(Environment.variable) + Self.otherVariables
        for variable in Environment.ownVariables where !variables.contains(variable) && !Self.isOfKubernetes(variable) {
            let hint = NearestName.hint(for: variable, in: variables)
            throw ValidationError("there is no variable \(variable)\(hint.isEmpty ? Self.list : hint)")
        }
    }

    private static let list = "; 'kvick config' lists the settings"

    /// Those that a server does not read, but other commands or the build do.
    private static let otherVariables =
        [
            "config", "client-config", "url", "key", "token", "ca-file", "timeout", "kot-url", "warnings-as-errors",
            "benchmarks",
        ].map(Environment.variable)

    /// Kubernetes sets these for services that are named kvick or kvick-something (its documentation, "Service", "Environment
    /// variables").
    static func isOfKubernetes(_ variable: String) -> Bool {
        variable.wholeMatch(of: /KVICK_(.+_)?SERVICE_(HOST|PORT(_.+)?)/) != nil
            || variable.wholeMatch(of: /KVICK_(.+_)?PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?/) != nil
    }
}
