import ArgumentParser
import KOTAPI

/// `KOT --name DB debug MESSAGE`, and so on: a command for each level.
struct LogMessage<Level: LogCommandLevel>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        let level = Level.level.rawValue
        return CommandConfiguration(
            commandName: level, abstract: "Keep a message of the level \(level), and print it.")
    }

    @Argument(help: "The message.") var message: String
    @Option(help: ArgumentHelp("The database that keeps it. (default: the one named as the level)", valueName: "db"))
    var name: Name?
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService(creating: true) { databases in
            try await databases.log(message, at: Level.level, in: name?.text)
        }
        try await service.output { printer in
            guard !printer.isJSON else { return try printer.nothing() }
            let label = Level.level.rawValue.uppercased() + ":"
            try printer.output.writeUnfiltered(Array((StandardOutput.isTerminal ? colored(label) : label).utf8))
            try printer.text(" \(message)")
        }
    }

    /// With the escape sequences of a terminal (ECMA-48 §8.3.117).
    private func colored(_ label: String) -> String {
        "\u{1B}[\(Level.color)m\(label)\u{1B}[0m"
    }
}

/// The level that a command of the log has.
protocol LogCommandLevel {
    static var level: KOTLogLevel { get }
    /// The colour in which a terminal shows it, as ECMA-48 numbers them.
    static var color: Int { get }
}

enum DebugLevel: LogCommandLevel {
    static let level = KOTLogLevel.debug
    static let color = 32
}

enum InfoLevel: LogCommandLevel {
    static let level = KOTLogLevel.info
    static let color = 34
}

enum WarningLevel: LogCommandLevel {
    static let level = KOTLogLevel.warning
    static let color = 33
}

enum ErrorLevel: LogCommandLevel {
    static let level = KOTLogLevel.error
    static let color = 31
}

enum ExceptionLevel: LogCommandLevel {
    static let level = KOTLogLevel.exception
    static let color = 35
}
