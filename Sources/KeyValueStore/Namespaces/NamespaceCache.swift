import Synchronization

/// The namespaces that were asked for lately, bounded; the writer drops each that it changes.
final class NamespaceCache: Sendable {
    private struct State {
        var entries: [Int: Namespace] = [:]
        /// Counts the changes, so that what was read before one is not kept after it.
        var generation: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int = 10_000) {
        self.capacity = capacity
    }

    /// Taken before a namespace is read from the engine, and handed to `insert` with what was read.
    var generation: UInt64 { state.withLock { $0.generation } }

    func lookup(_ kind: Namespace.Kind, _ name: UnsafeRawBufferPointer) -> Namespace? {
        let hash = Self.hash(kind, name)
        guard let entry = state.withLock({ $0.entries[hash] }) else { return nil }
        // Names that share a hash share a place, so the name decides.
        guard entry.kind == kind, entry.name.count == name.count, entry.name.elementsEqual(name) else { return nil }
        return entry
    }

    /// Keeps `namespace`, unless something changed since `generation` was taken.
    func insert(_ namespace: Namespace, generation: UInt64) {
        let hash = namespace.name.withUnsafeBytes { Self.hash(namespace.kind, $0) }
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.entries.count >= capacity { state.entries.removeAll(keepingCapacity: true) }
            state.entries[hash] = namespace
        }
    }

    /// Drops a namespace, and whatever was read of the engine but not yet kept.
    func remove(_ kind: Namespace.Kind, _ name: [UInt8]) {
        let hash = name.withUnsafeBytes { Self.hash(kind, $0) }
        state.withLock { state in
            state.generation &+= 1
            state.entries[hash] = nil
        }
    }

    private static func hash(_ kind: Namespace.Kind, _ name: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(bytes: name)
        return hasher.finalize()
    }
}
