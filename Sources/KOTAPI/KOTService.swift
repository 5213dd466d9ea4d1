import KeyValueStore

/// KOT's databases, here or on a server. Names and keys are never empty.
///
/// Every call throws an error whose `description` is one line that says what to do.
public protocol KOTService: Sendable {
    /// Sets a key; makes the database where there is none.
    func set(_ database: String, _ key: String, to value: KOTValue, _ storage: KOTStorage) async throws
    /// Nil where there is no such key, or no such database.
    func get(_ database: String, _ key: String, encryptionKey: String?) async throws -> KOTValue?
    /// Calls `visit` with each key and value, in byte order of the keys; a sealed value that `encryptionKey` does not open
    /// is left out. Reads from one moment, a piece at a time.
    func getAll(
        _ database: String, encryptionKey: String?, _ visit: (String, KOTValue) async throws -> Void
    ) async throws
    /// Whether or not there was such a key.
    func delete(_ database: String, _ key: String) async throws
    /// The number of keys.
    func count(_ database: String) async throws -> Int
    /// What the value of a key takes as it is stored, compressed and sealed, in bytes; nil where there is none.
    func size(_ database: String, _ key: String) async throws -> Int?
    /// What all keys and values take, in bytes.
    func sizeAll(_ database: String) async throws -> Int

    /// Sets all or none.
    func bulkSet(_ database: String, _ pairs: [(key: String, value: KOTValue)], _ storage: KOTStorage) async throws
    /// Those that there are, in the order that was asked for.
    func bulkGet(_ database: String, _ keys: [String], encryptionKey: String?) async throws -> [(
        key: String, value: KOTValue
    )]
    /// Deletes all or none.
    func bulkDelete(_ database: String, _ keys: [String]) async throws
    /// Does all or none, each seeing those before it.
    ///
    /// - Returns: for each a value: of a get what it found, nil for nothing; `true` of a set or a delete.
    func transaction(
        _ database: String, _ operations: [KOTOperation], _ storage: KOTStorage
    ) async throws -> [KOTValue?]

    /// Keeps a message in `database`, nil for the one named as the level.
    func log(_ message: String, at level: KOTLogLevel, in database: String?) async throws
    /// A query of KOT's `execute` (docs/kot.md, "Queries"); `value` is set instead of one that stands in the query.
    ///
    /// - Returns: its result, a JSON text.
    func execute(_ query: String, value: KOTValue?) async throws -> [UInt8]

    /// Name and location of each database, by name.
    func databases() async throws -> [(name: String, location: String)]
    /// Empties a database; it stays listed.
    func pop(_ database: String) async throws
    func popAll() async throws
    /// - Parameter force: whether a database that has the new name already is replaced.
    func rename(_ database: String, to newName: String, force: Bool) async throws
    func deleteDatabase(_ database: String) async throws
    func deleteAllDatabases() async throws

    /// Calls `visit` with every record, as `restore` takes them, from one moment.
    ///
    /// - Returns: what the records need to be opened again; nil where none is sealed.
    func backup(
        _ database: String, _ visit: (KOTBackupRecord) async throws -> Void
    ) async throws -> KOTSealing?
    /// Puts records of a backup into a database, which is made where there is none; keys that are not among them stay.
    /// All or none of a call's, at most 10,000 records and, over HTTP, some 32 MiB of their text.
    func restore(_ database: String, _ records: [KOTBackupRecord], sealing: KOTSealing?) async throws
}

/// What a database's sealed values are bound to.
public typealias KOTSealing = SealingSalt

/// A key with its value, as a backup keeps it.
public struct KOTBackupRecord: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case value(KOTValue, isCompressed: Bool)
        /// A value as the store has it, which only its passphrase opens.
        case sealed([UInt8])
    }

    public var key: String
    public var content: Content

    public init(key: String, _ content: Content) {
        self.key = key
        self.content = content
    }
}
