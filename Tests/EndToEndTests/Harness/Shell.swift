import Foundation

/// Runs command lines as a reader of the reference would.
enum Shell {
    /// Runs `command` with `https://kvdb.io` and `BUCKET` as they are on this server.
    ///
    /// Where the reference goes on with an option on the next line but has no backslash, it gets one.
    static func run(_ command: String, _ server: ServerProcess, bucket: String = "BUCKET") throws -> ProgramResult {
        let line =
            joiningLines(command)
            .replacingOccurrences(of: "https://kvdb.io", with: server.url)
            .replacingOccurrences(of: "N7cmQg1DwZbADh2Hu3NncF", with: bucket)
            .replacingOccurrences(of: "BUCKET", with: bucket)
        return try ProgramResult.run(["sh", "-c", line])
    }

    private static func joiningLines(_ command: String) -> String {
        let lines = command.components(separatedBy: "\n")
        var joined = ""
        for (index, line) in lines.enumerated() {
            let goesOn = index + 1 < lines.count && lines[index + 1].trimmingCharacters(in: .whitespaces).hasPrefix("-")
            joined += line
            if goesOn, !line.hasSuffix("\\"), !line.hasPrefix("#") { joined += " \\" }
            if index + 1 < lines.count { joined += "\n" }
        }
        return joined
    }
}
