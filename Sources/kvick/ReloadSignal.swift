import UnixSignals

/// SIGHUP, caught from the beginning on.
struct ReloadSignal: Sendable {
    private let signals: UnixSignalsSequence

    init() async {
        signals = await UnixSignalsSequence(trapping: .sighup)
    }

    /// Calls `body` for each signal, one after the other, until the task is cancelled.
    func forEach(_ body: () -> Void) async {
        for await _ in signals { body() }
    }
}
