import ArgumentParser
import KOTAPI

/// `KOT --name DB set KEY VALUE`
struct SetKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "set", abstract: "Set a key.")

    /// The largest file that is stored as a value.
    static let fileSizeMax = ByteSize(bytes: KOTSettings.valueSizeMax)

    @Argument(help: "The key.") var key: Name
    @Argument(help: "The value: JSON, True, False or None, else a string.") var value: String?
    @Option(help: ArgumentHelp("A file whose bytes are the value.", valueName: "path")) var file: String?
    @OptionGroup var storage: StorageOptions
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func validate() throws {
        guard (value == nil) != (file == nil) else { throw ValidationError("give a VALUE or --file PATH, one of them") }
    }

    func run() async throws {
        let stored: KOTValue =
            if let file {
                .bytes(try WholeFile.read(file, sizeMax: Self.fileSizeMax))
            } else {
                ValueText.value(value ?? "")
            }
        try await service.withService(creating: true) { databases in
            try await databases.set(database.name.text, key.text, to: stored, storage.storage)
        }
        try await service.output { try $0.done() }
    }
}
