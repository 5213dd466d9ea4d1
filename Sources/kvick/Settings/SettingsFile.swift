import ArgumentParser
import Yams

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

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
        for (key, value) in try Self.mapping(path, text) {
            let place = "\(path):\(key.mark?.line ?? 1)"
            guard let name = key.scalar?.string else {
                throw ValidationError("\(place): a setting's name is missing; write name: value")
            }
            names.append((name, place))
            guard let text = Self.text(value) else {
                throw ValidationError("\(place): \(name) must have one value, or a list of them")
            }
            if !text.isEmpty { settings[name] = Setting.Given(text: text, source: "\(name) in \(place)") }
        }
        self.settings = settings
        self.names = names
    }

    func given(_ name: String) -> Setting.Given? { settings[name] }

    /// Whether others than the file's owner and their group may read it.
    var isOpenToAll: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
    }

    private static func mapping(_ path: String, _ text: String) throws -> [(Node, Node)] {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let failure = YAMLFailure(error)
            throw ValidationError("\(path)\(failure.line.map { ":\($0)" } ?? ""): \(failure.message)")
        }
        guard let node, node.scalar.map(isNull) != true else { return [] }
        guard case .mapping(let mapping) = node else {
            throw ValidationError("\(path):\(node.mark?.line ?? 1): write settings as name: value, one a line")
        }
        return mapping.map { ($0.key, $0.value) }
    }

    /// Nil where it is no scalar and no list of those.
    private static func text(_ node: Node) -> String? {
        switch node {
        case .scalar(let scalar):
            return isNull(scalar) ? "" : scalar.string
        case .sequence(let items):
            let texts = items.map { $0.scalar.map(\.string) }
            guard !texts.contains(nil) else { return nil }
            return texts.compactMap { $0 }.joined(separator: ",")
        default:
            return nil
        }
    }

    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
