import HTTPAPI
import KeyValueStore
import Logging

/// Writes each log message as a line of JSON, for programs that gather logs.
public struct JSONLogHandler: LogHandler {
    public var logLevel = Logger.Level.info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let clock: @Sendable () -> Timestamp
    private let write: @Sendable (String) -> Void

    /// One whose lines nobody waits for.
    public init(label: String, stream: LogStream) {
        self.init(label: label, write: stream.write)
    }

    /// - Parameter write: given each line with its line feed, on any thread.
    init(
        label: String, clock: @escaping @Sendable () -> Timestamp = Timestamp.now,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.clock = clock
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var json = JSONWriter()
        json.raw(#"{"time":"#)
        json.string(RFC3339.text(milliseconds: clock().milliseconds))
        json.raw(#","level":"#)
        json.string(event.level.rawValue)
        json.raw(#","label":"#)
        json.string(label)
        json.raw(#","message":"#)
        json.loggedString(event.message.description)
        let metadata = self.metadata.merging(metadataProvider?.get() ?? [:]) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
        if !metadata.isEmpty {
            json.raw(#","metadata":"#)
            json.metadata(metadata)
        }
        if let error = event.error {
            json.raw(#","error":"#)
            json.loggedString("\(error)")
        }
        json.raw("}\n")
        write(String(buffer: json.buffer))
    }
}

extension JSONWriter {
    /// In the order of their keys.
    fileprivate mutating func metadata(_ metadata: Logger.Metadata) {
        raw("{")
        for (index, (key, value)) in metadata.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { raw(",") }
            loggedString(key)
            raw(":")
            self.value(value)
        }
        raw("}")
    }

    private mutating func value(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): loggedString(text)
        case .stringConvertible(let value): loggedString(value.description)
        case .dictionary(let dictionary): metadata(dictionary)
        case .array(let values):
            raw("[")
            for (index, value) in values.enumerated() {
                if index > 0 { raw(",") }
                self.value(value)
            }
            raw("]")
        }
    }
}
