import Foundation
import Testing

@testable import kvick

struct OpenFileTests {
    @Test func whatCanNotBeLookedForIsNotTakenForAbsent() throws {
        let folder = "/tmp/kvick-files-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try !OpenFile.exists("FORMAT", in: folder))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(try !OpenFile.exists("loop", in: folder))
        try FileManager.default.createSymbolicLink(atPath: folder + "/loop", withDestinationPath: "loop")
        let failure = #expect(throws: CommandFailure.self) { try OpenFile.exists("FORMAT", in: folder + "/loop") }
        #expect(failure?.description.hasPrefix("can't read \(folder)/loop: ") == true)
        try Data().write(to: URL(fileURLWithPath: folder + "/file"))
        #expect(try OpenFile.exists("file", in: folder) && !OpenFile.exists("FORMAT", in: folder + "/file"))
    }
}
