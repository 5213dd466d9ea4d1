import Logging
import Operations

/// How log messages are written.
enum LogFormat: String, Sendable {
    /// For people.
    case text
    /// For programs, a line each.
    case json

    /// One that writes to the standard error.
    func handler(label: String, level: Logger.Level) -> any LogHandler {
        var handler: any LogHandler =
            switch self {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler.standardError(label: label)
            }
        handler.logLevel = level
        return handler
    }
}
