import ArgumentParser
import KOTAPI

/// `KOT --name DB get KEY`
struct GetKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Print a key's value.",
        discussion: "Nothing is printed where there is none. A file's bytes go to --output, or to a pipe.")

    @Argument(help: "The key.") var key: Name
    @Option(help: ArgumentHelp("Where a file's bytes are written to; what is there is replaced.", valueName: "path"))
    var output: String?
    @OptionGroup var encryption: EncryptionKeyOption
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let value = try await service.withService { databases in
            try await databases.get(database.name.text, key.text, encryptionKey: encryption.passphrase)
        }
        if let output {
            try WholeFile.replace(output, with: fileBytes(value))
            return try await service.output { try $0.text(output) }
        }
        try await service.output { printer in
            guard case .bytes(let bytes) = value, !printer.isJSON else { return try printer.value(value) }
            if StandardOutput.isTerminal {
                try printer.text("\(FireText.file(bytes)); write it with --output PATH")
            } else {
                try printer.output.write(bytes)
            }
        }
    }

    private func fileBytes(_ value: KOTValue?) throws -> [UInt8] {
        switch value {
        case .bytes(let bytes): return bytes
        case .json: throw CommandFailure("\(key.text) holds no file; leave --output away to print its value")
        case nil: throw CommandFailure("there is no key \(key.text) in \(database.name.text)")
        }
    }
}
