import Archive
import Foundation

/// The name and bytes of an entry.
struct TestEntry: Hashable {
    let name: String
    let bytes: [UInt8]

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

func writeZip(_ path: String, _ entries: [TestEntry]) throws {
    let writer = try ZipWriter(path: path)
    for entry in entries {
        try writer.beginEntry(name: entry.name)
        try writer.write(entry.bytes)
        try writer.endEntry()
    }
    try writer.close()
}

func readZip(_ path: String) throws -> [TestEntry] {
    let reader = try ZipReader(path: path)
    var entries: [TestEntry] = []
    while let entry = try reader.nextEntry() {
        var bytes: [UInt8] = []
        while let piece = try reader.readPiece() { bytes += piece }
        entries.append(TestEntry(entry.name, bytes))
    }
    return entries
}

/// Bytes that do not compress, the same in each run.
func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

/// What Python prints when it runs `script` with `arguments`.
func python(_ script: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
}
