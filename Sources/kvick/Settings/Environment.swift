import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Settings from environment variables: `--max-key-size` is also `KVICK_MAX_KEY_SIZE`; the flag wins.
enum Environment {
    /// The value of a setting: its flag's, else its variable's, else the default.
    ///
    /// - Throws: a `ValidationError` that names the variable, where what it holds is no such value.
    static func resolve<Value: ExpressibleByArgument>(
        _ flag: Value?, _ name: String, default defaultValue: Value, expecting form: String
    ) throws -> Value {
        if let flag { return flag }
        guard let text = variable(name) else { return defaultValue }
        guard let value = Value(argument: text) else {
            throw ValidationError("\(variableName(name)) is \(text), but must be \(form)")
        }
        return value
    }

    /// A switch: on by its flag, or by a variable that is `true` or `1`.
    static func resolve(_ flag: Bool, _ name: String) throws -> Bool {
        if flag { return true }
        switch variable(name)?.lowercased() {
        case nil, "false", "0": return false
        case "true", "1": return true
        case let text?: throw ValidationError("\(variableName(name)) is \(text), but must be true or false")
        }
    }

    private static func variableName(_ name: String) -> String {
        "KVICK_" + name.uppercased().replacing("-", with: "_")
    }

    /// An empty variable counts as none.
    private static func variable(_ name: String) -> String? {
        guard let value = getenv(variableName(name)) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
