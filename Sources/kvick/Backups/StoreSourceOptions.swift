import ArgumentParser
import Backup
import KeyValueStore
import Operations
import RocksDBEngine
import Storage

/// The store that a backup is made of: a running server's, or one in a folder that nobody has open.
struct StoreSourceOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions

    @Option(
        help: ArgumentHelp(
            "The server's admin token. Better given as KVICK_ADMIN_TOKEN, which other users of the machine can't see.",
            valueName: "token"))
    var adminToken: String?

    @Option(help: ArgumentHelp("A file that has it, on one line.", valueName: "file"), completion: .file())
    var adminTokenFile: String?

    @Option(
        help: ArgumentHelp("The folder of a store that no server has open, in place of a server.", valueName: "folder"))
    var data: String?

    func validate() throws {
        guard data == nil || (connection.url == nil && adminToken == nil && adminTokenFile == nil) else {
            throw ValidationError("--data is a folder that no server has open; leave out --url and --admin-token")
        }
    }

    /// The first option that is given, as it is written; nil where none is.
    var givenOption: String? {
        let options = [
            ("--url", connection.url), ("--ca-file", connection.caFile), ("--timeout", connection.timeout),
            ("--admin-token", adminToken), ("--admin-token-file", adminTokenFile), ("--data", data),
        ]
        return options.first { $0.1 != nil }?.0
    }

    /// Calls `body` with the store as it is now.
    func withSource<Result>(_ body: (any BackupSource) async throws -> Result) async throws -> Result {
        if let store = try closedStore() { return try await body(store) }
        let token = try token()
        let configuration = try ClientConfigurationFile.current?.read() ?? ClientConfiguration()
        // Until a checkpoint is made, the server says nothing.
        return try await connection.withConnection(configuration, silenceMin: .minutes(5)) { connection in
            try await RemoteCheckpoint.with(connection, token: token, body)
        }
    }

    /// Nil where it is a server's.
    private func closedStore() throws -> ClosedStore? {
        guard let data else { return nil }
        return try ClosedStore(ClosedStoreFolder.open(data), engine: RocksDBEngine.self)
    }

    private func token() throws -> String {
        let token = try Setting("admin-token", flag: adminToken, isSecret: true)
            .orContent(of: Setting("admin-token-file", flag: adminTokenFile))
            .value(expecting: "the server's admin token") { AdminToken($0) == nil ? nil : $0 }
        guard let token else {
            throw ValidationError(
                "a server gives its data only to administrators; give its admin token as KVICK_ADMIN_TOKEN or --admin-token"
            )
        }
        return token
    }
}

/// A folder with a store that is to be looked at and left as it is.
enum ClosedStoreFolder {
    /// Holds the store, so that no server opens it meanwhile.
    ///
    /// - Throws: a `CommandFailure` where there is none, or a server has it open; a `StorageError`.
    static func open(_ path: String) throws -> StoreDirectory {
        let path = PathText.absolute(path)
        guard try OpenFile.exists("FORMAT", in: path) else { throw CommandFailure("there is no store in \(path)") }
        do throws(StorageError) {
            return try StoreDirectory(path: path)
        } catch {
            guard error.code == .inUse else { throw error }
            throw CommandFailure(
                "\(path) is in use by another process; of a running server, back up with --url and --admin-token")
        }
    }
}
