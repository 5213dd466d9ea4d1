import Foundation

/// A small file system in memory, unmounted with this value.
final class SmallDisk: Sendable {
    let folder: TemporaryFolder
    var path: String { folder.path }

    /// Whether this process may mount one.
    static let isPossible: Bool = geteuid() == 0 && (try? SmallDisk(megabytes: 1)) != nil

    init(megabytes: Int) throws {
        folder = try TemporaryFolder()
        let result = try ProgramResult.run(
            ["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "kvick-test", folder.path])
        guard result.status == .code(0) else { throw HarnessError("mount: \(result.errorOutput)") }
    }

    deinit {
        _ = try? ProgramResult.run(["umount", "-l", folder.path])
    }

    /// The bytes that are free.
    var free: Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return 0 }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// Takes up all but `rest` bytes, in a file that nobody needs.
    func fill(leaving rest: Int) throws {
        let file = open(path + "/ballast", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw HarnessError.system("open") }
        defer { close(file) }
        let block = [UInt8](repeating: 0x55, count: 1 << 20)
        while free > rest {
            let count = write(file, block, min(block.count, free - rest))
            guard count > 0 else {
                if errno == ENOSPC { return }
                throw HarnessError.system("write")
            }
        }
    }

    func emptyBallast() throws {
        try FileManager.default.removeItem(atPath: path + "/ballast")
    }
}
