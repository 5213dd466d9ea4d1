#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Room on the disk that writes leave alone, so that the engine can still flush and compact, and deletes go through.
public struct DiskReserve: Sendable {
    private let path: String
    /// In bytes.
    private let size: UInt64

    /// - Parameters:
    ///   - path: any file or folder on the file system in question.
    ///   - size: bytes; on a small file system an eighth of it, where that is less.
    public init(path: String, size: UInt64) {
        self.path = path
        let total = Self.space(path)?.total ?? .max
        self.size = min(size, total / 8)
    }

    /// Whether all of the reserve is free; true where that can't be told.
    func isUntouched() -> Bool {
        guard let available = Self.space(path)?.available else { return true }
        return available >= size
    }

    private static func space(_ path: String) -> (total: UInt64, available: UInt64)? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let unit = UInt64(status.f_frsize)
        let total = unit.multipliedReportingOverflow(by: UInt64(status.f_blocks))
        let available = unit.multipliedReportingOverflow(by: UInt64(status.f_bavail))
        return (total.overflow ? .max : total.partialValue, available.overflow ? .max : available.partialValue)
    }
}
