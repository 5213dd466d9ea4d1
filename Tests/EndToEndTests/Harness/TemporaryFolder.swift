import Foundation

/// A folder that is removed with this value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/kvick-test-XXXXXX").utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw HarnessError.system("mkdtemp")
        }
        path = String(cString: made)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}

/// What a folder holds.
enum Folder {
    /// The paths of all files under `path`, in order.
    static func files(_ path: String) -> [String] {
        guard let names = FileManager.default.enumerator(atPath: path) else { return [] }
        return names.compactMap { $0 as? String }.sorted().map { path + "/" + $0 }.filter { file in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }

    /// A digest of each file.
    static func digests(_ path: String) throws -> [String: UInt64] {
        var digests: [String: UInt64] = [:]
        for file in files(path) {
            digests[file] = fnv1a(try Data(contentsOf: URL(fileURLWithPath: file)))
        }
        return digests
    }

    /// The files that hold `text` anywhere.
    static func files(_ path: String, containing text: String) throws -> [String] {
        try files(path).filter { file in
            try Data(contentsOf: URL(fileURLWithPath: file)).range(of: Data(text.utf8)) != nil
        }
    }

    /// The bytes that the files take on the disk.
    static func size(_ path: String) -> Int {
        files(path).reduce(0) { sum, file in
            var status = stat()
            return stat(file, &status) == 0 ? sum + Int(status.st_blocks) * 512 : sum
        }
    }

    private static func fnv1a(_ data: Data) -> UInt64 {
        data.withUnsafeBytes { bytes in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            // Eight bytes at a time, since a debug build is slow.
            var index = 0
            while index + 8 <= bytes.count {
                hash = (hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x100_0000_01B3
                index += 8
            }
            while index < bytes.count {
                hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3
                index += 1
            }
            return hash ^ UInt64(bytes.count)
        }
    }
}
