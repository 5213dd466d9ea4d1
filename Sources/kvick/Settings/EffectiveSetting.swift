import HTTPAPI
import NIOCore

/// A setting as a server would run with it.
struct EffectiveSetting: Equatable, Sendable {
    let name: String
    /// As it was written; nil where it is not set and has no default.
    let value: String?
    /// The flag, the variable or the file's line that it is from; nil for the default.
    let source: String?
    /// Whether it must not be shown.
    let isSecret: Bool
}

/// Writes settings for people, and for programs.
enum EffectiveSettings {
    /// YAML that a server can be given as its file, but for the secrets, which are left out.
    static func yaml(_ settings: [EffectiveSetting]) -> String {
        let lines = settings.map { setting -> (text: String, remark: String) in
            guard let value = setting.value else { return ("# \(setting.name):", "not set") }
            let remark = setting.source ?? "default"
            guard !setting.isSecret else { return ("# \(setting.name): ********", remark) }
            return ("\(setting.name): \(scalar(value))", remark)
        }
        let width = lines.map(\.text.count).filter { $0 <= remarkColumnMax }.max() ?? 0
        return lines.map { line in
            let padding = String(repeating: " ", count: max(0, width - line.text.count))
            return "\(line.text)\(padding)  # \(line.remark)\n"
        }.joined()
    }

    private static let remarkColumnMax = 48

    /// An object with a member for each setting: `{"value":…,"source":…}`, where a secret's value is `true`.
    static func json(_ settings: [EffectiveSetting]) -> [UInt8] {
        var writer = JSONWriter()
        writer.raw("{")
        for (index, setting) in settings.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(setting.name)
            writer.raw(#":{"value":"#)
            switch setting.value {
            case nil: writer.raw("null")
            case _? where setting.isSecret: writer.raw("true")
            case let value?: writer.string(value)
            }
            writer.raw(#","source":"#)
            if let source = setting.value == nil ? nil : setting.source ?? "default" {
                writer.string(source)
            } else {
                writer.raw("null")
            }
            writer.raw("}")
        }
        writer.raw("}")
        return Array(writer.buffer.readableBytesView)
    }

    /// Plain where YAML can't take it for anything else, in double quotes otherwise, whose escapes are JSON's.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "." } ?? false
            && text.unicodeScalars.allSatisfy { $0.isASCII && (isWord($0) || "/._-+,:".unicodeScalars.contains($0)) }
            && !text.hasSuffix(":")
        guard !isPlain else { return text }
        var writer = JSONWriter()
        writer.string(text)
        return String(buffer: writer.buffer)
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
    }
}
