/// Sets the records of a source in batches, a few of which are under way at once.
///
/// Of a key that comes twice the last value holds: a batch with a key that is under way waits for those before it.
struct BucketImport {
    let sender: BatchSender

    /// What comes before a line that can't be read or set is imported, as far as the server takes it.
    ///
    /// - Throws: a `CommandFailure` that tells how much was imported, also from behind such a line; an `Interruption` where the
    ///   task is cancelled.
    func run(_ source: inout ImportSource) async throws -> ImportCounts {
        var bar = ProgressBar("import", total: source.size)
        defer { bar.end() }
        var done = ImportCounts()
        var log = FlightLog()
        func take(_ number: Int, _ outcome: BatchSender.Outcome) {
            done += outcome.counts
            log.end(number, outcome)
        }
        var unreadable: CommandFailure?
        var isAtEnd = false
        await withTaskGroup(of: (Int, BatchSender.Outcome).self) { group in
            var (reader, flight) = (BatchReader(), BatchFlight())
            do {
                while let batch = try reader.next(&source, within: sender.limits) {
                    while !log.hasFailed, !flight.hasRoom(for: batch), let ended = await group.next() {
                        flight.end(ended.0)
                        take(ended.0, ended.1)
                    }
                    try Task.checkCancellation()
                    guard !log.hasFailed else { break }
                    let number = flight.begin(batch)
                    group.addTask { [sender] in (number, await sender.send(batch)) }
                    bar.update(source.position, count: done.imported)
                }
                isAtEnd = !log.hasFailed
            } catch {
                // What comes before is imported still.
                unreadable = error as? CommandFailure ?? CommandFailure("\(error)")
            }
            // What is under way is ended; what waits for its turn is not.
            if log.hasFailed { group.cancelAll() }
            for await ended in group {
                take(ended.0, ended.1)
                if log.hasFailed { group.cancelAll() }
            }
        }
        if Task.isCancelled, log.hasFailed || !isAtEnd {
            throw Interruption(done: Self.text(done, behind: 0))
        }
        if let failure = log.failure {
            let reason =
                failure.line.map { source.failure(failure.reason, line: $0) }
                ?? CommandFailure(failure.reason, failure.kind)
            throw Self.failure(reason, done, behind: log.importedBehind)
        }
        if let unreadable { throw Self.failure(unreadable, done, behind: 0) }
        bar.update(source.position, count: done.imported)
        return done
    }

    private static func failure(_ reason: CommandFailure, _ done: ImportCounts, behind: Int) -> CommandFailure {
        CommandFailure("\(reason); \(text(done, behind: behind))", reason.kind)
    }

    private static func text(_ done: ImportCounts, behind: Int) -> String {
        guard done != ImportCounts() else { return "nothing was imported" }
        let rest = behind > 0 ? ", \(behind) of them from behind that" : ""
        return "\(done.text)\(rest), and all may be imported again"
    }
}

/// What became of batches by their numbers, which are in the order of their lines.
private struct FlightLog {
    /// Of batches that ended before one of a lower number did.
    private var imported: [Int: Int] = [:]
    /// The lowest number that has not ended.
    private var next = 1
    private var first: (number: Int, failure: BatchSender.Failure)?

    var hasFailed: Bool { first != nil }

    /// The first that there was.
    var failure: BatchSender.Failure? { first?.failure }

    /// How many keys were imported of batches behind the one that failed.
    var importedBehind: Int {
        guard let first else { return 0 }
        return imported.reduce(0) { $1.key > first.number ? $0 + $1.value : $0 }
    }

    mutating func end(_ number: Int, _ outcome: BatchSender.Outcome) {
        imported[number] = outcome.counts.imported
        if let failure = outcome.failure, first == nil { first = (number, failure) }
        while first == nil, imported.removeValue(forKey: next) != nil { next += 1 }
    }
}
