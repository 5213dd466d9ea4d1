import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One setting: a flag, else an environment variable. `--max-key-size` is also `KVICK_MAX_KEY_SIZE`; the flag wins.
struct Setting {
    /// What was given, and nil where nothing was: then the default holds.
    private let text: String?
    /// The flag or the variable that it was given by, as people write it.
    private let source: String
    /// Whether an error must not show it.
    private let isSecret: Bool

    /// - Parameters:
    ///   - variable: the environment's variable; nil for the one that is named as the flag is.
    ///   - flag: the value of `--name`; nil where it is not there. An empty variable counts as none.
    init(_ name: String, variable: String? = nil, flag: String?, isSecret: Bool = false) {
        self.isSecret = isSecret
        let variable = variable ?? "KVICK_" + name.uppercased().replacing("-", with: "_")
        if let flag {
            (text, source) = (flag, "--" + name)
        } else {
            let value = getenv(variable).map { String(cString: $0) } ?? ""
            (text, source) = (value.isEmpty ? nil : value, variable)
        }
    }

    /// - Parameters:
    ///   - form: what the value must be, for the error.
    ///   - parse: gives nil for what it must not be.
    /// - Throws: a `ValidationError` that names the flag or the variable.
    func value<Value>(
        default defaultValue: Value, expecting form: String, _ parse: (String) -> Value?
    ) throws -> Value {
        guard let text else { return defaultValue }
        guard let value = parse(text) else {
            throw ValidationError(isSecret ? "\(source) must be \(form)" : "\(source) is \(text), but must be \(form)")
        }
        return value
    }

    /// A number from 1 on.
    func count(default defaultValue: Int, of things: String, upTo highest: Int) throws -> Int {
        try value(default: defaultValue, expecting: "a number of \(things), 1 to \(highest)") { text in
            Int(text).flatMap { (1...highest).contains($0) ? $0 : nil }
        }
    }

    func size(default defaultValue: Int, from lowest: Int, to highest: Int) throws -> ByteSize {
        try value(default: ByteSize(bytes: defaultValue), expecting: Self.form(lowest, highest)) { text in
            ByteSize(text).flatMap { (lowest...highest).contains($0.bytes) ? $0 : nil }
        }
    }

    /// As `size`, or nil where it is `none`.
    func optionalSize(default defaultValue: Int, from lowest: Int, to highest: Int) throws -> ByteSize? {
        guard text?.lowercased() != "none" else { return nil }
        let form = Self.form(lowest, highest) + ", or none"
        return try value(default: ByteSize(bytes: defaultValue), expecting: form) { text in
            ByteSize(text).flatMap { (lowest...highest).contains($0.bytes) ? $0 : nil }
        }
    }

    private static func form(_ lowest: Int, _ highest: Int) -> String {
        "a size from \(ByteSize(bytes: lowest)) to \(ByteSize(bytes: highest)), as 128B, 16KiB or 256MiB"
    }
}
