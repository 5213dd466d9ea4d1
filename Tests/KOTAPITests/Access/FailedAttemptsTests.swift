import HTTPServer
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import KOTAPI

/// Guesses on an event loop whose time a test sets.
private struct Guesses {
    let test: TestKOTAPI
    let eventLoop = EmbeddedEventLoop()

    /// Whether an answer has come.
    final class Outcome: Sendable {
        private let value = Mutex<Int?>(nil)
        var status: Int? { value.withLock { $0 } }
        func set(_ status: Int) { value.withLock { $0 = status } }
    }

    func send(_ headers: [(String, String)], from address: ClientAddress = TestKOTAPI.address) throws -> Outcome {
        let request = try Request(method: .get, target: "/database/list", headers: headers, remoteAddress: address)
        let outcome = Outcome()
        switch test.api.handle(request, on: eventLoop) {
        case .ready(let response): outcome.set(response.status.code)
        case .pending(let future): future.whenSuccess { outcome.set($0.status.code) }
        }
        return outcome
    }

    func guess(from address: ClientAddress = TestKOTAPI.address) throws -> Outcome {
        try send([Authorization.basic("", "wrong")], from: address)
    }
}

@Suite("Guesses at the password")
struct FailedAttemptsTests {
    @Test("Three failures cost nothing, and each one more twice the time, up to five seconds")
    func delays() {
        let delays = (0...80).map { FailedAttempts.delay(afterFailures: $0) }
        #expect(delays[0...3].allSatisfy { $0 == .zero })
        #expect(delays[4...9].map(\.nanoseconds) == [100, 200, 400, 800, 1600, 3200].map { $0 * 1_000_000 })
        #expect(delays[10...].allSatisfy { $0 == .seconds(5) })
    }

    @Test("An answer to a guess is held back for longer each time, and those of other addresses are not")
    func heldBack() async throws {
        try await withAPI { test in
            let guesses = Guesses(test: test)
            for _ in 0..<3 { #expect(try guesses.guess().status == 401) }
            for delay in [TimeAmount.milliseconds(100), .milliseconds(200), .milliseconds(400)] {
                let outcome = try guesses.guess()
                guesses.eventLoop.advanceTime(by: delay - .milliseconds(1))
                #expect(outcome.status == nil)
                #expect(
                    try guesses.guess(from: ClientAddress(ipv4: UInt32(delay.nanoseconds / 1_000_000))).status == 401)
                guesses.eventLoop.advanceTime(by: .milliseconds(1))
                #expect(outcome.status == 401)
            }
        }
    }

    @Test("Who shows no credential has guessed nothing, and is answered at once however often")
    func noCredential() async throws {
        try await withAPI { test in
            let guesses = Guesses(test: test)
            for _ in 0..<100 { #expect(try guesses.send([]).status == 401) }
            let first = try guesses.guess()
            #expect(first.status == 401)
        }
    }

    @Test("The right password is served while guesses of its address wait, until sixteen do")
    func rightPassword() async throws {
        try await withAPI { test in
            let guesses = Guesses(test: test)
            for _ in 0..<3 { _ = try guesses.guess() }
            var waiting: [Guesses.Outcome] = []
            for _ in 0..<15 { waiting.append(try guesses.guess()) }
            #expect(waiting.allSatisfy { $0.status == nil })
            #expect(try await test.get("/database/list").status == 200)

            waiting.append(try guesses.guess())
            let blocked = try await test.get("/database/list")
            #expect(blocked.status == 429)
            #expect(blocked.field("Retry-After") == "5")
            #expect(try guesses.guess().status == 429)
            let other = try await test.send(
                .get, "/database/list", [], [Authorization.password], from: ClientAddress(ipv4: 9))
            #expect(other.status == 200)

            guesses.eventLoop.advanceTime(by: .seconds(5))
            #expect(waiting.allSatisfy { $0.status == 401 })
            #expect(try await test.get("/database/list").status == 200)
        }
    }
}
