/// Changes that an engine applies together or not at all, in the order they were added: a later one of the same key wins.
public struct WriteBatch: Sendable {
    public enum Operation: Hashable, Sendable {
        case put(Key, [UInt8])
        case delete(Key)
    }

    public private(set) var operations: [Operation] = []

    public init() {}

    /// Makes room for so many operations in all.
    public mutating func reserveCapacity(_ count: Int) {
        operations.reserveCapacity(count)
    }

    public mutating func put(_ key: Key, _ value: [UInt8]) {
        operations.append(.put(key, value))
    }

    public mutating func delete(_ key: Key) {
        operations.append(.delete(key))
    }
}
