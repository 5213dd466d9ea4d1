import ArgumentParser
import YAML

/// Settings in a file of YAML: a mapping of names, those of the flags, to values; a list's items count as one text with commas
/// between.
struct SettingsFile {
    private static let sizeMax = ByteSize(bytes: 1 << 20)

    let path: String
    /// With the place of each, as `kvick.yaml:3`, by name. What is empty or null is not there.
    private let settings: [String: Setting.Given]
    /// All names, with their places, in the order of the file.
    let names: [(name: String, place: String)]

    /// - Throws: a `CommandFailure` where the file can't be read, a `ValidationError` that names the line where it is no such
    ///   mapping.
    init(path: String) throws {
        let bytes = try WholeFile.read(path, sizeMax: Self.sizeMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ValidationError("\(path) is not valid UTF-8; save it as that")
        }
        try self.init(path: path, text: text)
    }

    init(path: String, text: String) throws {
        self.path = path
        var settings: [String: Setting.Given] = [:]
        var names: [(String, String)] = []
        for member in try Self.members(path, text) {
            let place = "\(path):\(member.line)"
            names.append((member.name, place))
            guard let text = Self.text(member.value) else {
                throw ValidationError("\(place): \(member.name) must have one value, or a list of them")
            }
            if !text.isEmpty {
                settings[member.name] = Setting.Given(
                    text: text, source: "\(member.name) in \(place)", origin: .file(path: path))
            }
        }
        self.settings = settings
        self.names = names
    }

    func given(_ name: String) -> Setting.Given? { settings[name] }

    private static func members(_ path: String, _ text: String) throws -> [YAMLMember] {
        do {
            return try YAMLMember.members(of: text)
        } catch {
            throw ValidationError("\(path):\(error.line): \(error.message)")
        }
    }

    /// Nil where it is no text, and no list of those.
    private static func text(_ value: YAMLValue) -> String? {
        switch value.content {
        case .null: return ""
        case .text(let text): return text
        case .list(let items):
            let texts = items.map { item -> String? in
                guard case .text(let text) = item.content else { return nil }
                return text
            }
            guard !texts.contains(nil) else { return nil }
            return texts.compactMap { $0 }.joined(separator: ",")
        case .mapping: return nil
        }
    }
}
