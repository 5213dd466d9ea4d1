import Foundation
import KeyValueStore
import Synchronization
import Testing

@testable import KOTAPI

/// Holds the thread that derives keys, until it is let go.
private final class Hold: Sendable {
    private let begun = DispatchSemaphore(value: 0)
    private let release = DispatchSemaphore(value: 0)
    private let isUsed = Mutex(false)

    /// Of a requester for whom the first derivation waits.
    func isGone() -> Bool {
        let isFirst = isUsed.withLock { isUsed in
            defer { isUsed = true }
            return !isUsed
        }
        if isFirst {
            begun.signal()
            release.wait()
        }
        return false
    }

    var hasBegun: Bool { begun.wait(timeout: .now()) == .success }

    func letGo() { release.signal() }
}

@Suite("The queue of passphrases to derive keys of", .timeLimit(.minutes(1)))
struct DerivationTests {
    private typealias Outcome = Result<Seal, KeyDerivation.Failure>

    private static func seal(
        _ derivation: KeyDerivation, _ passphrase: String, _ salt: SealingSalt, _ requester: KeyDerivation.Requester
    ) async -> Outcome {
        do throws(KeyDerivation.Failure) {
            return .success(try await derivation.seal(passphrase, salt, for: requester))
        } catch {
            return .failure(error)
        }
    }

    /// Calls `body` while a derivation of `passphrase` holds the thread, and gives what that one came to.
    private func whileHeld(
        _ derivation: KeyDerivation, _ passphrase: String, _ salt: SealingSalt, client: String? = nil,
        _ body: () async throws -> Void
    ) async throws {
        let hold = Hold()
        async let held = Self.seal(
            derivation, passphrase, salt, KeyDerivation.Requester(client: client, isGone: { hold.isGone() }))
        #expect(try await eventually { hold.hasBegun })
        do {
            try await body()
        } catch {
            hold.letGo()
            throw error
        }
        hold.letGo()
        let outcome = await held
        #expect(throws: Never.self) { try outcome.get() }
    }

    private func derivation(_ configure: (inout KeyDerivation.Options) -> Void = { _ in }) -> KeyDerivation {
        var options = KeyDerivation.Options()
        options.cost = 1 << 4
        configure(&options)
        return KeyDerivation(options: options)
    }

    @Test("Past as many as may wait, another is refused at once, while those that are known are served")
    func bounded() async throws {
        let derivation = derivation { $0.waitingMax = 1 }
        let salt = SealingSalt.random()
        _ = try await derivation.seal("known", salt)
        try await whileHeld(derivation, "a", salt) {
            _ = try await derivation.seal("known", salt)
            #expect(await Self.seal(derivation, "b", salt, KeyDerivation.Requester()).failure == .busy)
            // The same in another database is another key.
            #expect(await Self.seal(derivation, "known", .random(), KeyDerivation.Requester()).failure == .busy)
        }
        _ = try await derivation.seal("b", salt)
        await derivation.shutdown()
    }

    @Test("Who asks for what is being derived waits for that, and takes no place of their own")
    func coalesced() async throws {
        let derivation = derivation { $0.waitingMax = 1 }
        let salt = SealingSalt.random()
        var others: [Task<Outcome, Never>] = []
        try await whileHeld(derivation, "a", salt) {
            for _ in 0..<100 {
                others.append(Task { await Self.seal(derivation, "a", salt, KeyDerivation.Requester()) })
            }
            #expect(await Self.seal(derivation, "b", salt, KeyDerivation.Requester()).failure == .busy)
        }
        for task in others { #expect(await task.value.failure == nil) }
        await derivation.shutdown()
    }

    @Test("One client can't take all the places")
    func clients() async throws {
        let derivation = derivation { $0.waitingMaxOfClient = 1 }
        let salt = SealingSalt.random()
        var other: Task<Outcome, Never>?
        try await whileHeld(derivation, "a", salt, client: "one") {
            #expect(await Self.seal(derivation, "b", salt, KeyDerivation.Requester(client: "one")).failure == .busy)
            other = Task { await Self.seal(derivation, "b", salt, KeyDerivation.Requester(client: "two")) }
        }
        #expect(await other?.value.failure == nil)
        _ = try await derivation.seal("c", salt, for: KeyDerivation.Requester(client: "one"))
        await derivation.shutdown()
    }

    @Test("Where the queue is full a request is 503, and says when to come again")
    func busyAnswer() async throws {
        try await withAPI(derivation: { $0.waitingMax = 0 }) { test in
            for answer in [
                try await test.set("d", "k", "1", encryptionKey: "x"),
                try await test.post(
                    "/controller/bulk_set", #"{"database_name":"d","kv_pairs":{"k":1},"encryption_key":"x"}"#),
                try await test.post("/execute", #"{"query":"SET d k 1 x"}"#),
            ] {
                #expect(answer.status == 503)
                #expect(answer.field("Retry-After") == "2")
                #expect(answer.text.contains("the value was not read or written"))
            }
            #expect(try await test.getAll("d").text == "{}\n")
            #expect(try await test.set("d", "k", "1").status == 200)
            #expect(try await test.get("d", "k", encryptionKey: "x").text == "1\n")
        }
    }

    @Test("While a key is derived, all that needs none goes on")
    func othersGoOn() async throws {
        try await withAPI { test in
            try await test.set("d", "k", "1")
            try await test.set("d", "s", "2", encryptionKey: "known")
            let hold = Hold()
            let waiting = test.databases.on(behalfOf: nil, isGone: { hold.isGone() })
            let get = Task { try await waiting.get("d", "s", encryptionKey: "wrong") }
            #expect(try await eventually { hold.hasBegun })
            #expect(try await test.get("d", "k").text == "1\n")
            #expect(try await test.get("d", "s", encryptionKey: "known").text == "2\n")
            #expect(try await test.set("d", "k", "3").status == 200)
            #expect(try await test.getAll("d").text == "{\"k\":3}\n")
            #expect(try await test.set("d", "t", "4", encryptionKey: "known").status == 200)
            hold.letGo()
            await #expect(throws: (any Error).self) { try await get.value }
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

/// Waits until `condition` holds, at most half a minute.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        guard ContinuousClock.now < end else { return false }
        try await Task.sleep(for: .milliseconds(2))
    }
    return true
}
