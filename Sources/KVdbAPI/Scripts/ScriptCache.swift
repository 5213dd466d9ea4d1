import KeyValueStore
import LuaScripting
import Storage
import Synchronization

/// Compiled scripts, bounded. Each is good for one revision of its source. Safe to use from any thread.
final class ScriptCache: Sendable {
    private struct Name: Hashable {
        let bucket: NamespaceID
        let name: [UInt8]
    }

    private struct Entry {
        let revision: Revision
        let script: CompiledScript
    }

    private struct State {
        var entries: [Name: Entry] = [:]
        /// In bytes.
        var size = 0

        mutating func remove(_ name: Name) {
            if let entry = entries.removeValue(forKey: name) { size -= entry.script.size }
        }
    }

    private let sizeMax: Int
    private let state = Mutex(State())

    /// - Parameter sizeMax: how much all may take together, in bytes.
    init(sizeMax: Int = 32 << 20) {
        self.sizeMax = sizeMax
    }

    var count: Int { state.withLock { $0.entries.count } }

    func script(_ bucket: NamespaceID, _ name: [UInt8], at revision: Revision) -> CompiledScript? {
        let entry = state.withLock { $0.entries[Name(bucket: bucket, name: name)] }
        return entry?.revision == revision ? entry?.script : nil
    }

    func insert(_ script: CompiledScript, _ bucket: NamespaceID, _ name: [UInt8], at revision: Revision) {
        state.withLock { state in
            state.remove(Name(bucket: bucket, name: name))
            // Any of them, in no order.
            while state.size + script.size > sizeMax, let other = state.entries.keys.first { state.remove(other) }
            state.entries[Name(bucket: bucket, name: name)] = Entry(revision: revision, script: script)
            state.size += script.size
        }
    }

    /// Drops what was compiled of a script that has changed or gone.
    func remove(_ bucket: NamespaceID, _ name: [UInt8]) {
        state.withLock { $0.remove(Name(bucket: bucket, name: name)) }
    }
}
