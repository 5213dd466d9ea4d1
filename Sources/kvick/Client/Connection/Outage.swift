/// What people are told while a server is away: each reason as it comes, and not again for each attempt.
struct Outage {
    private var reason: Substring?

    mutating func report(_ failure: CommandFailure) {
        if let line = line(for: failure) { StandardError.print(line) }
    }

    /// Nil where it was told.
    mutating func line(for failure: CommandFailure) -> String? {
        // Without what to do about a first attempt.
        let reason = failure.description.prefix { $0 != ";" }
        guard reason != self.reason else { return nil }
        self.reason = reason
        return "kvick: \(reason); connecting again\n"
    }
}
