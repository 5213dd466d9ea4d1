import ArgumentParser
import HTTPAPI
import KOTAPI

/// The limits of KOT's API, by KOT's names for them, which are also those of its variables: `KVICK_KOT_KEY_LENGHT`.
struct KOTFlags: ParsableArguments {
    @Option(
        name: [.customLong("kot-access-key"), .customLong("access_key")],
        help: ArgumentHelp("Access keys in place of the one password, with commas between.", valueName: "keys"))
    var accessKeys: String?

    @Option(
        name: [.customLong("kot-restricted"), .customLong("restricted")],
        help: ArgumentHelp("Routes that nobody may use, as set,database_delete_all.", valueName: "names"))
    var restricted: String?

    @Option(
        name: [.customLong("kot-rate-limit"), .customLong("rate_limit")],
        help: ArgumentHelp(
            "How often an address may ask, as '100 per minute' or 1000/h, with commas between. (default: no limit)",
            valueName: "limits"))
    var rateLimit: String?

    @Option(
        name: [.customLong("kot-key-lenght"), .customLong("key_lenght")],
        help: ArgumentHelp("The longest key. (default: 1KiB)", valueName: "size"))
    var keyLenght: String?

    @Option(
        name: [.customLong("kot-value-lenght"), .customLong("value_lenght")],
        help: ArgumentHelp("The longest value. (default: 16MiB)", valueName: "size"))
    var valueLenght: String?

    @Option(
        name: [.customLong("kot-database-name-lenght"), .customLong("database_name_lenght")],
        help: ArgumentHelp("The longest name of a database. (default: 1KiB)", valueName: "size"))
    var databaseNameLenght: String?

    @Option(
        name: [.customLong("kot-maximum-database-amount"), .customLong("maximum_database_amount")],
        help: ArgumentHelp("How many databases there may be. (default: any number)", valueName: "count"))
    var maximumDatabaseAmount: String?

    @Option(
        name: [.customLong("kot-maximum-key-amount"), .customLong("maximum_key_amount")],
        help: ArgumentHelp("How many keys all databases may have. (default: any number)", valueName: "count"))
    var maximumKeyAmount: String?

    @Option(
        name: [.customLong("kot-maximum-database-amount-user"), .customLong("maximum_database_amount_user")],
        help: ArgumentHelp(
            "How many databases an address may make while the server runs. (default: any number)", valueName: "count"))
    var maximumDatabaseAmountUser: String?

    @Option(
        name: [.customLong("kot-maximum-key-amount-user"), .customLong("maximum_key_amount_user")],
        help: ArgumentHelp(
            "How many keys an address may make while the server runs. (default: any number)", valueName: "count"))
    var maximumKeyAmountUser: String?
}

/// The settings of KOT's API, from flags, the environment and the defaults, in that order.
struct KOTSettings: Sendable {
    var options: KOTOptions

    /// - Parameter isRequired: whether it is a failure that there is neither a password nor an access key.
    /// - Returns: nil where there is none, and none is required.
    /// - Throws: a `ValidationError` of one line, which names the flag or the variable.
    init?(_ flags: KOTFlags, password: Setting, isRequired: Bool) throws {
        let accessKeys = try Setting("kot-access-key", flag: flags.accessKeys, isSecret: true)
            .value(default: [], expecting: "keys with commas between") { text -> [String]? in
                let keys = text.split(separator: ",", omittingEmptySubsequences: false).map {
                    String($0.trimmingSpaces())
                }
                return keys.contains("") ? nil : keys
            }
        let password = try password.value(default: nil, expecting: "a password, not an empty one") { text -> String?? in
            text.isEmpty ? nil : .some(text)
        }
        if !accessKeys.isEmpty {
            guard password == nil else {
                throw ValidationError("access keys are in place of the password; give the keys or the password")
            }
            options = KOTOptions(.accessKeys(accessKeys))
        } else if let password {
            options = KOTOptions(.password(password))
        } else if isRequired {
            throw ValidationError("a password is missing: give it behind the command, or as KVICK_KOT_PASSWORD")
        } else {
            return nil
        }
        options.limits = try Self.limits(flags)
        options.restricted = try Setting("kot-restricted", flag: flags.restricted)
            .value(
                default: KOTRestriction(),
                expecting: "names with commas between, of \(KOTRestriction.knownNames.joined(separator: ", "))"
            ) { KOTRestriction(names: $0) }
        options.rateLimits = try Setting("kot-rate-limit", flag: flags.rateLimit)
            .value(
                default: [], expecting: "limits with commas between, as '100 per minute' or 1000/h", KOTRateLimit.list)
    }

    /// The highest limit of a key's or a database's name, in bytes.
    static let nameSizeMax = 8 << 10
    /// The highest limit of a value, in bytes.
    static let valueSizeMax = 32 << 20

    private static func limits(_ flags: KOTFlags) throws -> KOTLimits {
        var limits = KOTLimits()
        limits.keySize = try Setting("kot-key-lenght", flag: flags.keyLenght)
            .size(default: limits.keySize, from: 1, to: nameSizeMax).bytes
        limits.valueSize = try Setting("kot-value-lenght", flag: flags.valueLenght)
            .size(default: limits.valueSize, from: 1, to: valueSizeMax).bytes
        limits.databaseNameSize = try Setting("kot-database-name-lenght", flag: flags.databaseNameLenght)
            .size(default: limits.databaseNameSize, from: 1, to: nameSizeMax).bytes
        limits.databases = try Setting("kot-maximum-database-amount", flag: flags.maximumDatabaseAmount).count()
        limits.keys = try Setting("kot-maximum-key-amount", flag: flags.maximumKeyAmount).count()
        limits.databasesOfClient =
            try Setting("kot-maximum-database-amount-user", flag: flags.maximumDatabaseAmountUser).count()
        limits.keysOfClient = try Setting("kot-maximum-key-amount-user", flag: flags.maximumKeyAmountUser).count()
        return limits
    }
}

extension Setting {
    /// A number of things; nil where nothing was given.
    fileprivate func count() throws -> Int? {
        try value(default: nil, expecting: "a number, 0 or more") { text -> Int?? in
            Int(text).flatMap { $0 >= 0 ? .some($0) : nil }
        }
    }
}
