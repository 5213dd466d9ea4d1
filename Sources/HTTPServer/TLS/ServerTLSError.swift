/// Why a certificate or its key can't be used.
public struct ServerTLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line that names the file and says what to do.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
