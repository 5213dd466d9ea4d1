import Foundation
import Testing

/// KOT's command line under the name that its users type, in a folder of its own.
final class KOTProgram {
    let folder: TemporaryFolder
    private let executable: String
    private let environment: [String: String]
    private let server: ServerProcess?

    /// - Parameter server: whose databases it talks to; nil for those of its folder.
    init(
        server: ServerProcess? = nil, password: String = "secret", folder: TemporaryFolder? = nil
    ) throws {
        self.server = server
        self.folder = try folder ?? TemporaryFolder()
        executable = self.folder.file("KOT")
        environment = server.map { ["KVICK_KOT_URL": $0.url, "KVICK_KOT_PASSWORD": password] } ?? [:]
        try FileManager.default.createSymbolicLink(atPath: executable, withDestinationPath: Kvick.executable)
    }

    func run(_ arguments: [String]) throws -> ProgramResult {
        try ProgramResult.run([executable] + arguments, environment: environment, workingFolder: folder.path)
    }

    /// What it printed, where it ended well.
    func output(_ arguments: String...) throws -> String {
        try run(arguments).success(of: arguments)
    }

    /// The one line that it printed of its failure.
    func failure(_ arguments: String..., code: Int32 = 1) throws -> String {
        try run(arguments).failure(of: arguments, named: "KOT", code: code)
    }
}

/// Where a test's databases are.
enum KOTPlace: CaseIterable {
    case folder, server
}

extension KOTProgram {
    /// With databases that are new, in its folder or on a server of its own.
    convenience init(at place: KOTPlace) throws {
        switch place {
        case .folder:
            try self.init()
        case .server:
            let folder = try TemporaryFolder()
            try self.init(
                server: ServerProcess(data: folder.file("data"), ["--kot-password", "secret"]), folder: folder)
        }
    }
}
