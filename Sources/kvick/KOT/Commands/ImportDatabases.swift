import ArgumentParser
import KOTAPI
import KOTFolder

/// `KOT import FOLDER`
struct ImportDatabases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take over databases that KOT itself wrote: a folder of them, or a backup.",
        discussion: """
            Keys that are there already are replaced. Nothing of what is read is run, so that what needs Python, as a \
            function, is skipped and named. Values that were encrypted are so again, with the same --encryption_key.
            """)

    @Argument(help: ArgumentHelp("The folder with the KOT-… folders, one of these, or a .KOT file.", valueName: "path"))
    var path: String
    @Option(
        help: ArgumentHelp("The database to put the values into, where there is only one to read.", valueName: "db"))
    var name: Name?
    @OptionGroup var encryption: EncryptionKeyOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let folder = try KOTFolder(path: path)
        let databases = try folder.databases()
        guard name == nil || databases.count == 1 else {
            throw CommandFailure("\(path) has \(databases.count) databases; leave --name away")
        }
        guard name != nil || !databases.contains(where: { $0.name.isEmpty }) else {
            throw CommandFailure("\(path) has a database without a name; import its folder alone, with --name")
        }
        var counts: [(name: String, imported: Int)] = []
        var skippedCount = 0
        try await service.withService(creating: true) { service in
            for database in databases {
                let done = try await self.import(database, of: folder, into: name?.text ?? database.name, of: service)
                counts.append((done.database, done.importedCount))
                skippedCount += done.skippedCount
            }
        }
        try await service.output { try print(counts, skippedCount: skippedCount, with: $0) }
    }

    private func `import`(
        _ database: KOTFolderDatabase, of folder: KOTFolder, into name: String, of service: any KOTService
    ) async throws -> DatabaseImport {
        var databaseImport = DatabaseImport(into: name, of: service, encryptionKey: encryption.passphrase) {
            // In quotes and escaped, so that a name takes one line whatever it holds.
            StandardError.print("skipped \(JSONText.string($0)) of \(JSONText.string(name)): \($1)\n")
        }
        try await folder.entries(of: database, encryptionKey: encryption.passphrase) { entry in
            try await databaseImport.add(entry)
        }
        try await databaseImport.finish()
        return databaseImport
    }

    private func print(_ counts: [(name: String, imported: Int)], skippedCount: Int, with printer: ResultPrinter) throws
    {
        let total = counts.reduce(0) { $0 + $1.imported }
        guard printer.isJSON else {
            for (name, imported) in counts { try printer.text("\(name): \(imported) keys") }
            return try printer.text("imported \(total) keys of \(counts.count) databases, skipped \(skippedCount)")
        }
        let databases = counts.map { "\(JSONText.string($0.name)):\($0.imported)" }
        let json =
            #"{"databases":{\#(databases.joined(separator: ","))},"imported":\#(total),"skipped":\#(skippedCount)}"#
        try printer.value(.json(Array(json.utf8)))
    }
}
