import Backup
import Testing

@testable import kvick

/// What is made of a server's answers about a checkpoint.
struct RemoteCheckpointTests {
    private func description(id: String = "r-1", name: String = "server.key", revision: String = "7") -> [UInt8] {
        Array(
            """
            {"id":"\(id)","revision":"\(revision)","created":1,"format":4,"files":[{"name":"\(name)","size":32}]}
            """.utf8)
    }

    @Test func aDescriptionIsACheckpoint() throws {
        let checkpoint = try #require(RemoteCheckpoint.checkpoint(description()))
        #expect(checkpoint.id == "r-1" && checkpoint.revision.rawValue == 7)
        try checkpoint.validate()
    }

    @Test(arguments: ["", "../..", "a/b", "a?b", "a b", "A", String(repeating: "a", count: 65)])
    func anIDThatLeadsElsewhereIsRefused(_ id: String) {
        #expect(RemoteCheckpoint.checkpoint(description(id: id)) == nil)
    }

    @Test(arguments: ["../server.key", "/etc/passwd", "rocksdb/../server.key"])
    func aFileThatLeadsElsewhereIsRefused(_ name: String) throws {
        let checkpoint = try #require(RemoteCheckpoint.checkpoint(description(name: name)))
        #expect(throws: BackupError.self) { try checkpoint.validate() }
    }

    @Test func whatIsTriedAgainWaitsLongerEachTimeOrAsLongAsItIsAskedTo() {
        #expect((1...4).map { RemoteCheckpoint.pause(after: $0, asked: nil) } == [1, 2, 4, 8].map { .seconds($0) })
        #expect(
            [30, 0, -5, .max].map { RemoteCheckpoint.pause(after: 1, asked: $0) }
                == [30, 1, 1, 240].map { .seconds($0) })
    }
}
