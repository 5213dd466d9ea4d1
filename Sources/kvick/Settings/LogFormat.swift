import Logging
import Operations

/// How log messages are written.
enum LogFormat: String, Sendable {
    /// For people.
    case text
    /// For programs, a line each.
    case json

    func handler(label: String, level: Logger.Level, to stream: LogStream) -> any LogHandler {
        var handler: any LogHandler =
            switch self {
            case .text: StreamLogHandler(label: label, stream: stream)
            case .json: JSONLogHandler(label: label, stream: stream)
            }
        handler.logLevel = level
        return handler
    }
}
