import HTTPAPI
import KeyValueStore
import Logging

extension KOTDatabases {
    public func log(_ message: String, at level: KOTLogLevel, in database: String?) async throws {
        let time = Double(logClock.time(at: store.clock())) / 1_000_000
        let key = "\(level.rawValue)_writer-\(time)-\(Int.random(in: 10_000...99_999))"
        var value = JSONWriter()
        value.raw("[[[],{}],")
        value.string(message)
        value.raw("]")
        try await set(
            database ?? level.rawValue, key, to: .json(Array(value.buffer.readableBytesView)), KOTStorage())
        guard logsMessages else { return }
        logger.log(
            level: level.loggerLevel, "\(message.printable)",
            metadata: ["database": "\((database ?? level.rawValue).printable)"])
    }
}

extension KOTLogLevel {
    fileprivate var loggerLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        case .exception: .critical
        }
    }
}

extension String {
    /// Without what a terminal or a reader of the log would take for something else, and not too long.
    fileprivate var printable: String {
        String(
            unicodeScalars.prefix(4096).map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: "?"
                default: Character(scalar)
                }
            })
    }
}
