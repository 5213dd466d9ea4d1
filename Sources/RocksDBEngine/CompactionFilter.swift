import CRocksDB
import Storage

/// A factory that has RocksDB drop the garbage of `filter` whenever it rewrites tables. RocksDB frees it.
///
/// RocksDB asks a filter regardless of live snapshots, so a record that turns to garbage may vanish from them as well.
func makeCompactionFilterFactory(_ filter: RecordFilter) -> OpaquePointer? {
    rocksdb_compactionfilterfactory_create(
        Unmanaged.passRetained(FilterState(filter)).toOpaque(),
        { state in
            guard let state else { return }
            Unmanaged<FilterState>.fromOpaque(state).release()
        },
        { state, _ in
            guard let state else { return nil }
            return Unmanaged<FilterState>.fromOpaque(state).takeUnretainedValue().makeCompactionFilter()
        },
        { _ in constant("kvick.RecordFilter") }
    )
}

/// What the factory keeps: shared by all compactions, on any thread.
private final class FilterState: Sendable {
    private let filter: RecordFilter

    init(_ filter: RecordFilter) {
        self.filter = filter
    }

    /// The filter of one compaction, which begins a pass. RocksDB frees it, and uses it on one thread at a time.
    func makeCompactionFilter() -> OpaquePointer? {
        rocksdb_compactionfilter_create(
            Unmanaged.passRetained(Pass(isGarbage: filter.beginPass())).toOpaque(),
            { state in
                guard let state else { return }
                Unmanaged<Pass>.fromOpaque(state).release()
            },
            { state, _, key, keyLength, value, valueLength, _, _, valueChanged in
                valueChanged?.pointee = 0
                guard let state else { return 0 }
                let isGarbage = Unmanaged<Pass>.fromOpaque(state)._withUnsafeGuaranteedRef { pass in
                    pass.isGarbage(
                        UnsafeRawBufferPointer(start: key, count: keyLength),
                        UnsafeRawBufferPointer(start: value, count: valueLength))
                }
                return isGarbage ? 1 : 0
            },
            { _ in constant("kvick.RecordFilter.Pass") }
        )
    }
}

/// The state of one compaction's filter.
private final class Pass {
    let isGarbage: RecordFilter.IsGarbage

    init(isGarbage: @escaping RecordFilter.IsGarbage) {
        self.isGarbage = isGarbage
    }
}
