import KeyValueStore
import Logging

/// Writes each log message as a line.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let isForJournal: Bool
    private let clock: @Sendable () -> Timestamp
    private let write: @Sendable (String) -> Void

    /// One whose lines nobody waits for.
    ///
    /// - Parameter isForJournal: whether it is systemd's journal that reads them, for which text is not quite the same.
    public init(label: String, format: LogFormat, level: Logger.Level, isForJournal: Bool, stream: LogStream) {
        self.init(label: label, format: format, level: level, isForJournal: isForJournal, write: stream.write)
    }

    /// - Parameter write: given each line with its line feed, on any thread.
    package init(
        label: String, format: LogFormat, level: Logger.Level, isForJournal: Bool = false,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now, write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.format = format
        self.isForJournal = isForJournal
        self.logLevel = level
        self.clock = clock
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let metadata = self.metadata.merging(metadataProvider?.get() ?? [:]) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
        let line = LogLine(
            time: clock(), level: event.level, label: label, message: event.message.description,
            metadata: metadata.sorted { $0.key < $1.key }, error: event.error.map { "\($0)" })
        switch format {
        case .text: write(isForJournal ? line.journalText : line.text)
        case .json: write(line.json)
        }
    }
}
