import Foundation
import RocksDBEngine
import Storage
import StorageTesting
import Testing

@Suite struct OpeningTests {
    private let store: DamageableStore

    init() throws {
        store = try DamageableStore()
    }

    @Test("The version names the library that runs")
    func version() throws {
        #expect(RocksDBEngine.version.firstMatch(of: /^RocksDB \d+\.\d+/) != nil, "\(RocksDBEngine.version)")
    }

    @Test("All records are there after a restart, whether in the log or in tables")
    func restart() throws {
        for round in 0..<5 {
            let engine = try store.open(creating: round == 0)
            for number in 0..<(round * 100) {
                #expect(try engine.value(of: DamageableStore.key(number)) == DamageableStore.value(number))
            }
            #expect(try engine.records().count == round * 100)
            for number in (round * 100)..<(round * 100 + 100) {
                try engine.put(
                    DamageableStore.key(number), DamageableStore.value(number), durably: number % 2 == 0)
            }
            if round == 2 {
                try engine.reclaim(.all)
            }
            engine.close()
        }
    }

    @Test("Deletes and replaced values stay so after a restart")
    func restartAfterDeletes() throws {
        try store.fill(100, inTables: true)
        do {
            let engine = try store.open()
            defer { engine.close() }
            try engine.delete(DamageableStore.key(1), durably: true)
            try engine.put(DamageableStore.key(2), [2], durably: true)
        }
        let engine = try store.open()
        defer { engine.close() }
        #expect(try engine.value(of: DamageableStore.key(1)) == nil)
        #expect(try engine.value(of: DamageableStore.key(2)) == [2])
        #expect(try engine.records().count == 99)
    }

    @Test("The view that is admitted shows all records, and is of no use afterwards")
    func admission() throws {
        try store.fill(50)
        var view: (any StorageReader)?
        let engine = try store.open { reader throws(StorageError) in
            view = reader
            #expect(try reader.records().count == 50)
            #expect(try reader.value(of: DamageableStore.key(7)) == DamageableStore.value(7))
        }
        defer { engine.close() }
        let kept = try #require(view)
        let error = try #require(throws: StorageError.self) { try kept.value(of: DamageableStore.key(7)) }
        #expect(error.code == .closed)
    }

    @Test("A store that is open is in use, until it is closed")
    func inUse() throws {
        let engine = try store.open(creating: true)
        try engine.put([1], [1])
        for creating in [false, true] {
            let error = try #require(throws: StorageError.self) { try store.open(creating: creating) }
            #expect(error.code == .inUse)
            #expect(error.message.contains(store.path))
        }
        try engine.put([2], [2])
        engine.close()
        let reopened = try store.open()
        defer { reopened.close() }
        #expect(try reopened.records().map(\.key) == [[1], [2]])
    }

    @Test("A store that another process has locked is in use")
    func inUseByAnotherProcess() throws {
        try store.fill(1)
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        try #require(FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "this test needs python3")
        // As RocksDB's own tools lock a store.
        holder.arguments = [
            "-c",
            "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.lockf(f,fcntl.LOCK_EX); print('locked',flush=True); sys.stdin.read()",
            store.path + "/LOCK",
        ]
        let output = Pipe()
        let input = Pipe()
        holder.standardOutput = output
        holder.standardInput = input
        try holder.run()
        defer {
            try? input.fileHandleForWriting.close()
            holder.waitUntilExit()
        }
        _ = output.fileHandleForReading.availableData
        let error = try #require(throws: StorageError.self) { try store.open() }
        #expect(error.code == .inUse)
    }

    @Test("A path that is no folder, or has no parent, is inaccessible")
    func inaccessible() throws {
        let folder = try TemporaryFolder()
        try Data("file".utf8).write(to: URL(fileURLWithPath: folder.path("file")))
        for path in [folder.path("file"), folder.path("file/store"), folder.path("missing/store")] {
            let error = try #require(throws: StorageError.self) {
                try RocksDBEngine.open(path: path, creating: true, options: .small)
            }
            #expect(error.code == .inaccessible)
            #expect(error.message.contains(path))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    @Test("A store is made in a folder that exists and is empty, or was left by a making that was cut short")
    func creatingInFolder() throws {
        try FileManager.default.createDirectory(atPath: store.path, withIntermediateDirectories: false)
        for name in ["IDENTITY", "MANIFEST-000001", "000001.dbtmp", "LOCK"] {
            try Data("torn".utf8).write(to: URL(fileURLWithPath: store.path + "/" + name))
        }
        do {
            let engine = try store.open(creating: true)
            defer { engine.close() }
            try engine.put([1], [1], durably: true)
        }
        let engine = try store.open(creating: true)
        defer { engine.close() }
        #expect(try engine.value(of: [1]) == [1])
    }
}
