import Logging
import Storage
import Synchronization

/// The newest acknowledged revision, in a small file beside the engine's.
///
/// An engine whose newest log is gone opens as if its commits had never been; with this mark the loss is seen.
public final class HighWaterMark: Sendable {
    private let path: String
    private let state: Mutex<Revision?>

    /// - Throws: `inaccessible`, and `damaged` where the file holds no revision.
    init(path: String) throws(StorageError) {
        self.path = path
        guard let bytes = try PosixFile.read(path) else {
            state = Mutex(nil)
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasSuffix("\n"), let rawValue = UInt64(text.dropLast()) else {
            throw StorageError(
                .damaged, "\(path) can't be read; restore it from a backup, or remove it to open the store unchecked")
        }
        state = Mutex(Revision(rawValue: rawValue))
    }

    /// What is written down; nil where nothing is yet.
    public var revision: Revision? { state.withLock { $0 } }

    /// Writes `revision` down if it is newer. A failure is logged: an older mark is still a true one.
    func raise(to revision: Revision, logger: Logger) {
        guard self.revision.map({ $0 < revision }) ?? true else { return }
        do throws(StorageError) {
            try PosixFile.replace(path, with: Array("\(revision)\n".utf8))
            state.withLock { $0 = revision }
        } catch {
            logger.warning("the acknowledged revision was not written down", metadata: ["error": "\(error)"])
        }
    }
}
