import Foundation
import RocksDBEngine

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "kvick-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { path + "/" + name }
}

extension RocksDBOptions {
    /// For a store of few records.
    static var small: RocksDBOptions {
        var options = RocksDBOptions()
        // The least that there is, so that what is cached goes round.
        options.cacheSize = 0
        options.memtableSize = 256 << 10
        options.reservedSpace = 4 << 20
        return options
    }
}
