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
        name: [.customLong("kot-access-key-file"), .customLong("access_key_file")],
        help: ArgumentHelp("A file that has the access keys, on one line.", valueName: "file"))
    var accessKeyFile: String?

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

    /// Those that are there, by name.
    var given: [String: String] {
        [
            ("kot-access-key", accessKeys), ("kot-access-key-file", accessKeyFile), ("kot-restricted", restricted),
            ("kot-rate-limit", rateLimit),
            ("kot-key-lenght", keyLenght), ("kot-value-lenght", valueLenght),
            ("kot-database-name-lenght", databaseNameLenght), ("kot-maximum-database-amount", maximumDatabaseAmount),
            ("kot-maximum-key-amount", maximumKeyAmount),
            ("kot-maximum-database-amount-user", maximumDatabaseAmountUser),
            ("kot-maximum-key-amount-user", maximumKeyAmountUser),
        ].reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}
