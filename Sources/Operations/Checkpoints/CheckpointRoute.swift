import HTTPServer

/// The paths of a store's checkpoints, from which backups are made.
enum CheckpointRoute: Hashable {
    /// `/-/checkpoints`
    case checkpoints
    /// `/-/checkpoints/ID`
    case checkpoint(String)
    /// `/-/checkpoints/ID/files/NAME`, where a name may have slashes.
    case file(String, name: String)

    private static let root = "/-/checkpoints"

    /// Nil where the path is none of these. Names have no characters that a path would have to encode.
    init?(path: UnsafeRawBufferPointer) {
        let text = String(decoding: path, as: UTF8.self)
        guard text.hasPrefix(Self.root) else { return nil }
        let rest = text.dropFirst(Self.root.count)
        if rest.isEmpty {
            self = .checkpoints
            return
        }
        let parts = rest.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1, parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        switch parts.count {
        case 2: self = .checkpoint(parts[1])
        case 4 where parts[2] == "files" && !parts[3].isEmpty: self = .file(parts[1], name: parts[3])
        default: return nil
        }
    }

    var methods: [Method] {
        switch self {
        case .checkpoints: [.post]
        case .checkpoint: [.get, .delete]
        case .file: [.get]
        }
    }
}
