/// Sets the records of a source in batches, a few of which are under way at once.
///
/// Of a key that comes twice the last value holds: a batch with a key that is under way waits for those before it.
struct BucketImport {
    let sender: BatchSender

    /// - Throws: a `CommandFailure` that tells how much was imported. What comes before a line that can't be read is, and
    ///   nothing behind it.
    func run(_ source: inout ImportSource) async throws -> ImportCounts {
        var bar = ProgressBar("import", total: source.size)
        defer { bar.end() }
        var done = ImportCounts()
        var failure: CommandFailure?
        /// Of several failures the first counts.
        func take(_ outcome: BatchSender.Outcome) {
            done += outcome.counts
            guard failure == nil, let reason = outcome.failure else { return }
            failure =
                reason.line.map { source.failure(reason.reason, line: $0) }
                ?? CommandFailure(reason.reason, reason.kind)
        }
        await withTaskGroup(of: (Int, BatchSender.Outcome).self) { group in
            var (reader, flight) = (BatchReader(), BatchFlight())
            do {
                while let batch = try reader.next(&source, within: sender.limits) {
                    while failure == nil, !flight.hasRoom(for: batch), let ended = await group.next() {
                        flight.end(ended.0)
                        take(ended.1)
                    }
                    guard failure == nil else { break }
                    let number = flight.begin(batch)
                    group.addTask { [sender] in (number, await sender.send(batch)) }
                    bar.update(source.position, count: done.imported)
                }
            } catch {
                failure = failure ?? CommandFailure("\(error)")
            }
            // What is under way is ended; what waits for its turn is not.
            if failure != nil { group.cancelAll() }
            for await ended in group { take(ended.1) }
        }
        guard let failure else {
            bar.update(source.position, count: done.imported)
            return done
        }
        let rest = done == ImportCounts() ? "nothing was imported" : "\(done.text), and all may be imported again"
        throw CommandFailure("\(failure); \(rest)", failure.kind)
    }
}
