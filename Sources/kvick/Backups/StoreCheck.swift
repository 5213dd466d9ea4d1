import HTTPAPI
import KeyValueStore
import RocksDBEngine
import Storage

/// A look at every record of a store in a folder.
struct StoreCheck {
    /// The store's folder.
    let path: String
    /// Up to where the store must go; nil where that is not known.
    let acknowledged: Revision?
    var showsProgress = true

    /// - Throws: a `StorageError` where the store can't be opened for another reason than damage, or the task is cancelled.
    func run() throws -> StoreReport {
        let progress = Progress("check", mayBeShown: showsProgress)
        defer { progress.end() }
        let report = try StoreChecker.check(
            storeIn: path, engine: RocksDBEngine.self, acknowledged: acknowledged,
            isJSON: Self.isJSON, willVisit: { progress.begin(total: $0) }, didVisit: { progress.update($0) })
        // A check that was stopped has not seen all.
        try Task.checkCancellation()
        return report
    }

    private static func isJSON(_ text: UnsafeRawBufferPointer) -> Bool {
        guard var reader = try? JSONReader(Array(text)) else { return false }
        return (try? reader.value()) != nil && (try? reader.end()) != nil
    }
}
