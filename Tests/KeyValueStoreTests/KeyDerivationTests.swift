import Crypto
import Synchronization
import Testing

@testable import KeyValueStore

@Suite("Derivation of keys")
struct KeyDerivationTests {
    private static func options(
        cost: Int = 1 << 4, _ change: (inout KeyDerivation.Options) -> Void = { _ in }
    ) -> KeyDerivation.Options {
        var options = KeyDerivation.Options()
        options.cost = cost
        change(&options)
        return options
    }

    private let salt = SealingSalt.random()

    private func fits(_ seal: Seal, _ other: Seal) throws -> Bool {
        let sealed = try seal.seal([1, 2, 3], context: [])
        return other.open(sealed[...], context: []) == [1, 2, 3]
    }

    @Test("One passphrase of one database gives one key; another database or passphrase gives another")
    func keys() async throws {
        let derivation = KeyDerivation(options: Self.options())
        let seal = try await derivation.seal("open sesame", salt)
        let anew = KeyDerivation(options: Self.options())
        #expect(try fits(seal, try await anew.seal("open sesame", salt)))
        #expect(try !fits(seal, try await derivation.seal("open sesam", salt)))
        #expect(try !fits(seal, try await derivation.seal("open sesame", .random())))
        // As HMAC alone would take it.
        #expect(try !fits(seal, try await derivation.seal("open sesame\0", salt)))
        await derivation.shutdown()
        await anew.shutdown()
    }

    @Test("A seal is remembered for its time, and no more of them than there may be")
    func memory() async throws {
        let now = Mutex(ContinuousClock.now)
        let derivation = KeyDerivation(
            options: Self.options {
                $0.capacity = 3
                $0.lifetime = .seconds(60)
            }, clock: { now.withLock { $0 } })
        for number in 0..<5 { _ = try await derivation.seal("passphrase \(number)", salt) }
        #expect(derivation.rememberedCount == 3)
        now.withLock { $0 += .seconds(59) }
        _ = try await derivation.seal("passphrase 4", salt)
        #expect(derivation.rememberedCount == 3)
        now.withLock { $0 += .seconds(1) }
        _ = try await derivation.seal("passphrase 4", salt)
        #expect(derivation.rememberedCount == 1)
        await derivation.shutdown()
    }

    @Test("Past the bound of those that wait, of all or of one client, more are refused; equal ones wait as one")
    func bounds() async throws {
        // Slow enough that all have come before the first is done.
        let derivation = KeyDerivation(
            options: Self.options(cost: 1 << 14) {
                $0.waitingMax = 6
                $0.waitingMaxOfClient = 2
            })
        let salt = salt
        func outcomes(_ requests: [(passphrase: String, client: String?)]) async -> [Bool] {
            await withTaskGroup(of: (Int, Bool).self) { group in
                for (index, request) in requests.enumerated() {
                    group.addTask {
                        let requester = KeyDerivation.Requester(client: request.client)
                        do throws(KeyDerivation.Failure) {
                            _ = try await derivation.seal(request.passphrase, salt, for: requester)
                            return (index, true)
                        } catch {
                            #expect(error == .busy)
                            return (index, false)
                        }
                    }
                }
                return await group.reduce(into: [Bool](repeating: false, count: requests.count)) { $0[$1.0] = $1.1 }
            }
        }
        let ofOne = await outcomes((0..<20).map { ("one \($0)", "a") })
        #expect(ofOne.count { $0 } < 20)
        #expect(ofOne.contains(true))
        let equal = await outcomes((0..<50).map { _ in ("the same", "a") })
        #expect(equal.allSatisfy { $0 })
        let ofMany = await outcomes((0..<50).map { ("many \($0)", "client \($0)") })
        #expect(ofMany.contains(false))
        #expect(ofMany.contains(true))
        await derivation.shutdown()
    }

    @Test("What nobody waits for any more is not derived")
    func abandonment() async throws {
        let derivation = KeyDerivation(options: Self.options())
        let requester = KeyDerivation.Requester(client: "a") { true }
        await #expect(throws: KeyDerivation.Failure.closed) {
            try await derivation.seal("forgotten", salt, for: requester)
        }
        #expect(derivation.rememberedCount == 0)
        _ = try await derivation.seal("forgotten", salt)
        #expect(derivation.rememberedCount == 1)
        await derivation.shutdown()
    }

    @Test("After the end there are no more seals")
    func end() async throws {
        let derivation = KeyDerivation(options: Self.options())
        await derivation.shutdown()
        await #expect(throws: KeyDerivation.Failure.closed) { try await derivation.seal("late", salt) }
    }
}
