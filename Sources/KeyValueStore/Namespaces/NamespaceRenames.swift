import Synchronization

/// What namespaces were renamed to of late, for those who began to read one by its old name.
final class NamespaceRenames: Sendable {
    private let names = Mutex<[NamespaceID: [UInt8]]>([:])
    private let capacity: Int

    init(capacity: Int = 1000) {
        self.capacity = capacity
    }

    func name(of id: NamespaceID) -> [UInt8]? {
        names.withLock { $0[id] }
    }

    func insert(_ id: NamespaceID, _ name: [UInt8]) {
        names.withLock { names in
            // Whoever reads by a name that is forgotten here is cut off, as if the namespace were deleted.
            if names.count >= capacity { names.removeAll() }
            names[id] = name
        }
    }
}
