import NIOCore

/// Writes log messages to a `LineOutput`, so that nobody waits for a reader. Safe to use from any thread.
public struct LogStream: Sendable {
    private let output: LineOutput

    public init(to output: LineOutput) {
        self.output = output
    }

    /// - Parameter text: a message with its line end.
    public func write(_ text: String) {
        output.write(ByteBuffer(string: text))
    }
}
