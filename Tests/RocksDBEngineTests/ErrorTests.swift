import Storage
import Testing

@testable import RocksDBEngine

/// What becomes of the texts by which RocksDB tells failures.
@Suite struct ErrorTests {
    private static let path = "/srv/store"

    @Test("A write that found no room is out of space, and may be tried again")
    func noSpace() {
        let error = StorageError.writing(
            "IO error: No space left on device: While appending to file: /srv/store/000004.log: No space left on device",
            in: Self.path)
        #expect(error.code == .outOfSpace)
        #expect(error.message.contains("/srv/store/000004.log"))
    }

    @Test(
        "A write that could not be brought to disk has failed, even for want of room: it may be there or not",
        arguments: ["While fsync", "While fdatasync", "While sync_file_range", "While fsync a directory"])
    func noSpaceInSync(operation: String) {
        let text =
            "IO error: No space left on device: \(operation): /srv/store/000004.log: No space left on device"
        #expect(StorageError.writing(text, in: Self.path).code == .failed)
    }

    @Test(
        "Any other failure of a write leaves its outcome unknown",
        arguments: [
            "IO error: Writer has previous error.",
            "IO error: While appending to file: /srv/store/000004.log: Input/output error",
            "IO error: While appending to file: /srv/store/000004.log: Disk quota exceeded", "Corruption: bad batch",
        ])
    func otherFailures(text: String) {
        #expect(StorageError.writing(text, in: Self.path).code == .failed)
    }

    @Test("What meets the closing of the engine fails with closed")
    func shutdown() {
        #expect(StorageError.writing("Shutdown in progress: ", in: Self.path).code == .closed)
        #expect(StorageError.reading("Shutdown in progress: ", in: Self.path).code == .closed)
    }

    @Test("A read of damaged or missing data is damaged, and one that the disk fails has failed")
    func reads() {
        let damaged = StorageError.reading(
            "Corruption: block checksum mismatch in /srv/store/000008.sst", in: Self.path)
        #expect(damaged.code == .damaged)
        #expect(damaged.message.contains("/srv/store/000008.sst"))
        let failed = StorageError.reading(
            "IO error: While pread offset 0 len 4096: /srv/store/000008.sst: Input/output error", in: Self.path)
        #expect(failed.code == .failed)
    }
}
