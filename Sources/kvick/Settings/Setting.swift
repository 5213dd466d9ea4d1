import ArgumentParser

/// One setting, as somebody gave it.
struct Setting {
    /// What was given, and where, as people write it; nil where nothing was: then the default holds.
    struct Given: Equatable, Sendable {
        let text: String
        let source: String
        var origin = Origin.option
    }

    /// Where a setting can be given.
    enum Origin: Equatable, Sendable {
        case option
        case variable
        /// - Parameter path: of the settings' file.
        case file(path: String)

        /// What is given nearer wins over what is given farther away.
        var distance: Int {
            switch self {
            case .option: 0
            case .variable: 1
            case .file: 2
            }
        }
    }

    let name: String
    let given: Given?
    /// Whether an error must not show it.
    private let isSecret: Bool
    /// Who keeps what came of it; nil where nobody asks for that.
    let sources: SettingSources?

    private init(_ name: String, _ given: Given?, isSecret: Bool, in sources: SettingSources?) {
        self.name = name
        self.given = given
        self.isSecret = isSecret
        self.sources = sources
    }

    /// A setting of a server: a flag, else its variable, else what the file says.
    init(_ name: String, in sources: SettingSources, isSecret: Bool = false) {
        self.init(name, sources.given(name), isSecret: isSecret, in: sources)
    }

    /// A file or folder of a server, absolute. What is relative in the settings' file is beside it, all else in the current folder.
    init(path name: String, in sources: SettingSources) {
        var given = sources.given(name)
        if let written = given {
            var path = written.text
            if case .file(let file) = written.origin { path = PathText.path(path, besideFile: file) }
            given = Given(text: PathText.absolute(path), source: written.source, origin: written.origin)
        }
        self.init(name, given, isSecret: false, in: sources)
    }

    /// As this one, where something else was given.
    func replacing(_ given: Given) -> Setting {
        Setting(name, given, isSecret: isSecret, in: sources)
    }

    /// A setting of a command: a flag, else an environment variable.
    ///
    /// - Parameters:
    ///   - variable: nil for the one that is named as the flag is.
    ///   - flag: the value of `--name`; nil where it is not there. An empty variable counts as none.
    init(_ name: String, variable: String? = nil, flag: String?, isSecret: Bool = false) {
        let given =
            flag.map { Given(text: $0, source: "--" + name) }
            ?? Environment.given(variable ?? Environment.variable(of: name))
        self.init(name, given, isSecret: isSecret, in: nil)
    }

    /// The value, where there is a default in the form in which people write it.
    ///
    /// - Parameters:
    ///   - form: what the value must be, for the error.
    ///   - parse: gives nil for what it must not be.
    /// - Throws: a `ValidationError` that names the flag, the variable or the file's line.
    func value<Value>(default text: String, expecting form: String, _ parse: (String) -> Value?) throws -> Value {
        try value(given ?? Given(text: text, source: "the default of \(name)"), form, parse)
    }

    /// The value, or nil where nothing was given.
    ///
    /// - Throws: as the other.
    func value<Value>(expecting form: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let given else {
            sources?.note(EffectiveSetting(name: name, value: nil, source: nil, isSecret: isSecret))
            return nil
        }
        return try value(given, form, parse)
    }

    private func value<Value>(_ setting: Given, _ form: String, _ parse: (String) -> Value?) throws -> Value {
        guard let value = parse(setting.text) else {
            throw ValidationError(
                isSecret
                    ? "\(setting.source) must be \(form)" : "\(setting.source) is \(setting.text), but must be \(form)")
        }
        sources?.note(
            EffectiveSetting(name: name, value: setting.text, source: given?.source, isSecret: isSecret))
        return value
    }

    /// A text that is not empty and has no control characters, as names of hosts and files; nil for any other.
    static func line(_ text: String) -> String? {
        text.isEmpty || text.unicodeScalars.contains { $0.properties.generalCategory == .control } ? nil : text
    }

    /// A time of whole milliseconds or seconds, as `100ms` or `1s`.
    func time(default text: String, from lowest: Duration, to highest: Duration) throws -> Duration {
        let form = "a time from \(lowest.settingText) to \(highest.settingText), as 100ms or 1s"
        return try value(default: text, expecting: form) { text in
            let time: Duration? =
                if text.hasSuffix("ms") {
                    Int(text.dropLast(2)).map { .milliseconds($0) }
                } else if text.hasSuffix("s") {
                    Int(text.dropLast()).map { .seconds($0) }
                } else {
                    nil
                }
            return time.flatMap { (lowest...highest).contains($0) ? $0 : nil }
        }
    }

    func isTrue(default defaultValue: Bool) throws -> Bool {
        try value(default: "\(defaultValue)", expecting: "true or false") { text in
            switch text.lowercased() {
            case "true", "1": true
            case "false", "0": false
            default: nil
            }
        }
    }

    /// A number from 1 on.
    func count(default defaultValue: Int, of things: String, upTo highest: Int) throws -> Int {
        try value(default: "\(defaultValue)", expecting: "a number of \(things), 1 to \(highest)") { text in
            Int(text).flatMap { (1...highest).contains($0) ? $0 : nil }
        }
    }

    func size(default defaultValue: Int, from lowest: Int, to highest: Int) throws -> ByteSize {
        try value(default: "\(ByteSize(bytes: defaultValue))", expecting: Self.form(lowest, highest)) { text in
            ByteSize(text).flatMap { (lowest...highest).contains($0.bytes) ? $0 : nil }
        }
    }

    /// As `size`, or nil where it is `none`.
    func optionalSize(default defaultValue: Int, from lowest: Int, to highest: Int) throws -> ByteSize? {
        let form = Self.form(lowest, highest) + ", or none"
        return try value(default: "\(ByteSize(bytes: defaultValue))", expecting: form) { text -> ByteSize?? in
            if text.lowercased() == "none" { return .some(nil) }
            return ByteSize(text).flatMap { (lowest...highest).contains($0.bytes) ? .some($0) : nil }
        }
    }

    private static func form(_ lowest: Int, _ highest: Int) -> String {
        "a size from \(ByteSize(bytes: lowest)) to \(ByteSize(bytes: highest)), as 128B, 16KiB or 256MiB"
    }
}
