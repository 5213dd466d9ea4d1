/// What KOT's databases may take. The names in comments are those that KOT knows the limits by.
public struct KOTLimits: Sendable {
    /// In bytes (`key_lenght`).
    public var keySize = 1024
    /// In bytes (`value_lenght`).
    public var valueSize = 16 << 20
    /// In bytes (`database_name_lenght`).
    public var databaseNameSize = 1024
    /// How many databases there may be (`maximum_database_amount`); nil for any number.
    public var databases: Int?
    /// How many keys all databases may have together (`maximum_key_amount`).
    public var keys: Int?
    /// How many databases one client address may make, as long as the server runs (`maximum_database_amount_user`).
    public var databasesOfClient: Int?
    /// How many keys one client address may make, as long as the server runs (`maximum_key_amount_user`).
    public var keysOfClient: Int?

    public init() {}

    /// Whether it matters how many there are.
    var count: Bool { databases != nil || keys != nil || databasesOfClient != nil || keysOfClient != nil }

    /// How many operations one request may ask for.
    static let operationsMax = 10_000
    /// What the values that one request gets may take together, in bytes, but for a get of one.
    static let bulkResultSize = 4 << 20
}
