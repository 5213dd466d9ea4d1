import ArgumentParser
import KOTAPI

/// The database that a command is about.
struct DatabaseOption: ParsableArguments {
    @Option(help: ArgumentHelp("The database.", valueName: "db"))
    var name: Name
}

/// The passphrase of sealed values.
struct EncryptionKeyOption: ParsableArguments {
    @Option(
        name: [.customLong("encryption_key"), .customLong("encryption-key")],
        help: ArgumentHelp("The passphrase that seals values, and opens them.", valueName: "key"))
    var encryptionKey: String?

    /// Nil for none, as `None` and nothing are too.
    var passphrase: String? {
        encryptionKey.flatMap { ["", "None"].contains($0) ? nil : $0 }
    }
}

/// How values are kept.
struct StorageOptions: ParsableArguments {
    @OptionGroup var encryption: EncryptionKeyOption

    @Option(help: ArgumentHelp("Keep values compressed.", valueName: "True|False"))
    var compress = TruthValue(false)

    var storage: KOTStorage {
        KOTStorage(encryptionKey: encryption.passphrase, compress: compress.isTrue)
    }
}
