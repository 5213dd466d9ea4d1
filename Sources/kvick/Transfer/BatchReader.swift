/// Cuts the records of an import into batches, in their order.
struct BatchReader {
    /// The record that the last batch had no room for.
    private var held: ImportRecord?
    /// Why there is nothing behind the last batch.
    private var failure: (any Error)?

    /// The next batch; nil at the end.
    ///
    /// - Throws: what the source does, once the records before that were given.
    mutating func next(_ source: inout ImportSource, within limits: ImportBatch.Limits) throws -> ImportBatch? {
        if let failure { throw failure }
        var batch = ImportBatch()
        if let held { batch.append(held) }
        held = nil
        do {
            while let record = try source.next() {
                guard batch.hasRoom(for: record, within: limits) else {
                    held = record
                    return batch
                }
                batch.append(record)
            }
        } catch {
            guard !batch.isEmpty else { throw error }
            failure = error
        }
        return batch.isEmpty ? nil : batch
    }
}
