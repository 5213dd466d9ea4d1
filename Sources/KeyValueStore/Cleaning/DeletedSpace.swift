import Storage
import Synchronization

/// Where records were deleted lately, by samples: the engine keeps their bytes until it rewrites its files there.
///
/// Bounded: deletions that it has no room for wait for the engine's own compactions.
final class DeletedSpace: Sendable {
    /// How many deleted bytes one sample stands for.
    static let sampleSize = 16 << 10

    private struct State {
        /// Deleted bytes that no sample stands for yet.
        var rest = 0
        var samples: [Key] = []
        /// About how much memory the samples hold, in bytes.
        var size = 0

        mutating func add(_ key: Key, sizeMax: Int) {
            guard size + key.bytes.count <= sizeMax else { return }
            samples.append(key)
            size += key.bytes.count + 64
        }
    }

    /// In bytes.
    private let sizeMax: Int
    private let state = Mutex(State())

    /// - Parameter sizeMax: about how much memory it may hold, in bytes.
    init(sizeMax: Int = 8 << 20) {
        self.sizeMax = sizeMax
    }

    /// Notes deleted records, by the engine's keys, with their sizes in bytes.
    func note(_ deletions: [(key: Key, size: Int)]) {
        guard !deletions.isEmpty else { return }
        state.withLock { state in
            for (key, size) in deletions {
                state.rest += size
                while state.rest >= Self.sampleSize {
                    state.rest -= Self.sampleSize
                    state.add(key, sizeMax: sizeMax)
                }
            }
        }
    }

    /// Takes out all samples, in the order of their keys.
    func takeSamples() -> [Key] {
        let samples = state.withLock { state in
            defer { (state.samples, state.size) = ([], 0) }
            return state.samples
        }
        return samples.sorted()
    }

    /// Gives samples back whose place was not rewritten.
    func putBack(_ samples: [Key]) {
        state.withLock { state in
            for sample in samples { state.add(sample, sizeMax: sizeMax) }
        }
    }
}
