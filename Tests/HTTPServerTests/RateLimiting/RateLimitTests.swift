import Synchronization
import Testing

@testable import HTTPServer

/// A clock that is moved by hand.
private final class ManualClock: Sendable {
    private let time = Mutex(Duration.zero)

    var now: Duration { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 += duration }
    }
}

@Suite struct RateLimitTests {
    @Test(arguments: [("1000/h", 1000, 3600), ("1/s", 1, 1), ("007/m", 7, 60), ("5/d", 5, 86_400)])
    func `A limit is read`(text: String, count: Int, seconds: Int) {
        #expect(RateLimit(text)?.count == count)
        #expect(RateLimit(text)?.window == .seconds(seconds))
    }

    @Test(arguments: [
        "", "/", "1000", "1000/", "/h", "0/h", "-1/h", "+1/h", "1/w", "1/hh", "1/H", "1 /h", "1/h ", "1/h/h", "1.5/h",
        "99999999999999999999/h", "\u{661}/h",
    ])
    func `Anything else is no limit`(text: String) {
        #expect(RateLimit(text) == nil)
    }
}

@Suite struct RateLimiterTests {
    private let clock = ManualClock()

    private func limiter(_ text: String, maximumAddresses: Int = 100) throws -> RateLimiter {
        RateLimiter(try #require(RateLimit(text)), maximumAddresses: maximumAddresses) { [clock] in clock.now }
    }

    @Test func `Requests of a client are counted down and refused past the limit until the window ends`() throws {
        let limiter = try limiter("3/m")
        let client = ClientAddress(ipv4: 1)
        #expect(limiter.check(client) == .init(limit: 3, remaining: 2, resetSeconds: 60, allowed: true))
        clock.advance(by: .milliseconds(59_500))
        #expect(limiter.check(client) == .init(limit: 3, remaining: 1, resetSeconds: 1, allowed: true))
        #expect(limiter.check(client).allowed)
        #expect(limiter.check(client) == .init(limit: 3, remaining: 0, resetSeconds: 1, allowed: false))
        #expect(limiter.check(ClientAddress(ipv4: 2)).allowed)
        clock.advance(by: .milliseconds(500))
        #expect(limiter.check(client) == .init(limit: 3, remaining: 2, resetSeconds: 60, allowed: true))
    }

    @Test func `Clients of one IPv6 network are one`() throws {
        let limiter = try limiter("1/m")
        #expect(limiter.check(ClientAddress(ipv6High: 1, low: 2)).allowed)
        #expect(!limiter.check(ClientAddress(ipv6High: 1, low: 3)).allowed)
        #expect(limiter.check(ClientAddress(ipv6High: 2, low: 2)).allowed)
    }

    @Test func `Past the most clients the oldest window is forgotten`() throws {
        let limiter = try limiter("1/h", maximumAddresses: 3)
        for address in 1...3 as ClosedRange<UInt32> { #expect(limiter.check(ClientAddress(ipv4: address)).allowed) }
        #expect(limiter.check(ClientAddress(ipv4: 4)).allowed)
        #expect(limiter.addressCount == 3)
        #expect(!limiter.check(ClientAddress(ipv4: 2)).allowed)
        #expect(!limiter.check(ClientAddress(ipv4: 3)).allowed)
        #expect(limiter.check(ClientAddress(ipv4: 1)).allowed)
        #expect(limiter.addressCount == 3)
    }

    @Test func `Windows that ended go before others`() throws {
        let limiter = try limiter("1/m", maximumAddresses: 3)
        #expect(limiter.check(ClientAddress(ipv4: 1)).allowed)
        clock.advance(by: .seconds(61))
        #expect(limiter.check(ClientAddress(ipv4: 2)).allowed)
        #expect(limiter.addressCount == 1)
        #expect(limiter.check(ClientAddress(ipv4: 1)).allowed)
        #expect(!limiter.check(ClientAddress(ipv4: 1)).allowed)
        #expect(limiter.addressCount == 2)
    }

    @Test func `A client that came back is not forgotten with its window that ended`() throws {
        let limiter = try limiter("1/m")
        for address in 1...4 as ClosedRange<UInt32> { _ = limiter.check(ClientAddress(ipv4: address)) }
        clock.advance(by: .seconds(61))
        #expect(limiter.check(ClientAddress(ipv4: 4)).allowed)
        #expect(limiter.check(ClientAddress(ipv4: 5)).allowed)
        #expect(!limiter.check(ClientAddress(ipv4: 4)).allowed)
    }

    @Test func `A look at where a client stands counts nothing`() throws {
        let limiter = try limiter("2/m")
        let client = ClientAddress(ipv4: 1)
        #expect(limiter.standing(of: client) == .init(limit: 2, remaining: 2, resetSeconds: 60, allowed: true))
        #expect(limiter.addressCount == 0)
        _ = limiter.check(client)
        clock.advance(by: .seconds(20))
        #expect(limiter.standing(of: client) == .init(limit: 2, remaining: 1, resetSeconds: 40, allowed: true))
        _ = limiter.check(client)
        #expect(limiter.standing(of: client) == .init(limit: 2, remaining: 0, resetSeconds: 40, allowed: false))
        clock.advance(by: .seconds(40))
        #expect(limiter.standing(of: client) == .init(limit: 2, remaining: 2, resetSeconds: 60, allowed: true))
    }

    @Test func `Memory is bounded whatever comes`() throws {
        let limiter = try limiter("2/s", maximumAddresses: 50)
        for round in 0..<20_000 as Range<UInt32> {
            _ = limiter.check(ClientAddress(ipv4: round &* 2_654_435_761 % 300))
            clock.advance(by: .milliseconds(3))
            if limiter.addressCount > 50 { Issue.record("\(limiter.addressCount)") }
        }
    }
}
