#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The variables that the process was started with.
enum Environment {
    private static let prefix = "KVICK_"

    /// The variable of a setting: `KVICK_MAX_KEY_SIZE` of `max-key-size`.
    static func variable(of setting: String) -> String {
        prefix + setting.uppercased().replacing("-", with: "_")
    }

    /// Nil where the variable is not there, or empty.
    static func given(_ variable: String) -> Setting.Given? {
        let text = getenv(variable).map { String(cString: $0) } ?? ""
        return text.isEmpty ? nil : Setting.Given(text: text, source: variable, origin: .variable)
    }

    /// The names of all variables that are named as Kvick's are.
    static var ownVariables: [String] {
        var names: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let name = String(cString: text).prefix { $0 != "=" }
            if name.hasPrefix(prefix) { names.append(String(name)) }
            entry += 1
        }
        return names.sorted()
    }
}
