import HTTPAPI
import KeyValueStore
import Synchronization

/// How many databases and keys there are, and how many of them each client made: for the limits that ask for it.
///
/// The writer's thread counts what a command adds or removes as it runs, so that no two see the same room.
final class KOTUsage: Sendable {
    /// What a command adds; negative where it removes.
    struct Change: Sendable {
        var databases = 0
        var keys = 0
    }

    private struct State {
        var databases = 0
        /// Of each database, by its id: a database that is emptied or deleted takes its number along.
        var keys: [NamespaceID: Int] = [:]
        var keyTotal = 0
        /// What each client added, whatever became of it.
        var clients: [String: Change] = [:]
    }

    private let limits: KOTLimits
    private let state = Mutex(State())

    /// How many clients are remembered; past it all are forgotten, and may make as many anew.
    private static let clientsMax = 100_000

    init(_ limits: KOTLimits) {
        self.limits = limits
    }

    /// Counts what is there when the server starts.
    func load(_ database: NamespaceID, keys: Int) {
        state.withLock { state in
            state.databases += 1
            state.keys[database] = keys
            state.keyTotal += keys
        }
    }

    /// Counts a change; nothing is counted where a limit forbids it.
    ///
    /// - Throws: `forbidden`, with KOT's own words.
    func add(_ change: Change, to database: NamespaceID, of client: String?) throws(APIError) {
        let refusal = state.withLock { state -> APIError? in
            let mine = client.flatMap { state.clients[$0] } ?? Change()
            if let refusal = self.refusal(of: change, mine, state) { return refusal }
            count(change, sign: 1, database, client, mine, &state)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Takes back what `add` counted, for a command that failed.
    func undo(_ change: Change, to database: NamespaceID, of client: String?) {
        state.withLock { state in
            var change = change
            // What was in a database that is gone was forgotten with it.
            if state.keys[database] == nil { change.keys = 0 }
            count(change, sign: -1, database, client, client.flatMap { state.clients[$0] } ?? Change(), &state)
        }
    }

    /// Counts the keys of a database no more.
    ///
    /// - Parameter isDeleted: whether the database itself is gone, too.
    func forget(_ database: NamespaceID, isDeleted: Bool) {
        state.withLock { state in
            state.keyTotal -= state.keys.removeValue(forKey: database) ?? 0
            if isDeleted { state.databases -= 1 }
        }
    }

    private func count(
        _ change: Change, sign: Int, _ database: NamespaceID, _ client: String?, _ mine: Change, _ state: inout State
    ) {
        state.databases += sign * change.databases
        state.keys[database, default: 0] += sign * change.keys
        state.keyTotal += sign * change.keys
        guard let client, limits.databasesOfClient != nil || limits.keysOfClient != nil else { return }
        if state.clients.count >= Self.clientsMax { state.clients.removeAll() }
        state.clients[client] = Change(
            databases: mine.databases + sign * max(0, change.databases), keys: mine.keys + sign * max(0, change.keys))
    }

    private func refusal(of change: Change, _ mine: Change, _ state: State) -> APIError? {
        func isPast(_ limit: Int?, _ count: Int, _ added: Int) -> Bool {
            guard let limit, added > 0 else { return false }
            return count + added > limit
        }
        if isPast(limits.databases, state.databases, change.databases) {
            return .limit(
                "You cant create more database (SYSTEM).", "You do not have right to create more database (SYSTEM)")
        }
        if isPast(limits.databasesOfClient, mine.databases, change.databases) {
            return .limit(
                "You cant create more database (USER).", "You do not have right to create more database (USER)")
        }
        if isPast(limits.keys, state.keyTotal, change.keys) {
            return .limit("You cant create more keys.", "You do not have right to create more key")
        }
        if isPast(limits.keysOfClient, mine.keys, change.keys) {
            return .limit("You cant create more key (USER).", "You do not have right to create more key (USER)")
        }
        return nil
    }
}

extension APIError {
    /// A refusal in KOT's own words, two lines.
    static func limit(_ line: String, _ secondLine: String) -> APIError {
        .forbidden(line + "\n" + secondLine)
    }
}
