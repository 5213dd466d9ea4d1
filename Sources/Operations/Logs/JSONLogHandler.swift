import HTTPAPI
import KeyValueStore
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes each log message as a line of JSON, for programs that gather logs.
public struct JSONLogHandler: LogHandler {
    public var logLevel = Logger.Level.info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let clock: @Sendable () -> Timestamp
    private let write: @Sendable ([UInt8]) -> Void

    /// One that writes to the standard error, each line by one call.
    public static func standardError(label: String) -> JSONLogHandler {
        JSONLogHandler(label: label) { line in
            line.withUnsafeBytes { bytes in
                // Where nobody reads there is nobody to be told.
                #if canImport(Darwin)
                    _ = Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
                #elseif canImport(Musl)
                    _ = Musl.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
                #else
                    _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
                #endif
            }
        }
    }

    /// - Parameter write: given each line with its line feed, on any thread.
    init(
        label: String, clock: @escaping @Sendable () -> Timestamp = Timestamp.now,
        write: @escaping @Sendable ([UInt8]) -> Void
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
        json.string(event.message.description)
        let metadata = self.metadata.merging(metadataProvider?.get() ?? [:]) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
        if !metadata.isEmpty {
            json.raw(#","metadata":"#)
            json.metadata(metadata)
        }
        if let error = event.error {
            json.raw(#","error":"#)
            json.string("\(error)")
        }
        json.raw("}\n")
        write(Array(json.buffer.readableBytesView))
    }
}

extension JSONWriter {
    /// In the order of their keys.
    fileprivate mutating func metadata(_ metadata: Logger.Metadata) {
        raw("{")
        for (index, (key, value)) in metadata.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { raw(",") }
            string(key)
            raw(":")
            self.value(value)
        }
        raw("}")
    }

    private mutating func value(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): string(text)
        case .stringConvertible(let value): string(value.description)
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
