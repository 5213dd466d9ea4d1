/// A failure of a storage engine or of the folder that it keeps its data in.
public struct StorageError: Error, Hashable, Sendable {
    /// What kind of failure it is, for a program to act on; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case inUse, damaged, unsupportedFormat, outOfSpace, inaccessible, failed, closed
        }

        private let value: Value

        /// Another process holds the store open.
        public static let inUse = Code(value: .inUse)
        /// The data is not what was written, or some of it is gone.
        public static let damaged = Code(value: .damaged)
        /// The store was written in a format that this version does not know.
        public static let unsupportedFormat = Code(value: .unsupportedFormat)
        /// The file system has no room. Nothing of the write is visible; the engine takes writes again when there is room.
        public static let outOfSpace = Code(value: .outOfSpace)
        /// A file or folder can't be created, read or written.
        public static let inaccessible = Code(value: .inaccessible)
        /// Any other failure. The outcome of a write that ended so is unknown.
        public static let failed = Code(value: .failed)
        /// The engine was closed before.
        public static let closed = Code(value: .closed)

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// One line that names the file, where there is one, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension StorageError: CustomStringConvertible {
    public var description: String { message }
}
