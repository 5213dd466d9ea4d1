import NIOCore
import NIOEmbedded
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

    @Test func `Memory is bounded whatever comes`() throws {
        let limiter = try limiter("2/s", maximumAddresses: 50)
        for round in 0..<20_000 as Range<UInt32> {
            _ = limiter.check(ClientAddress(ipv4: round &* 2_654_435_761 % 300))
            clock.advance(by: .milliseconds(3))
            if limiter.addressCount > 50 { Issue.record("\(limiter.addressCount)") }
        }
    }
}

@Suite struct RateLimitedTests {
    private func handler(_ text: String) throws -> RateLimited<TestHandler> {
        RateLimited(TestHandler(), limiter: RateLimiter(try #require(RateLimit(text))) { .zero })
    }

    private func response(_ reply: Reply) -> Response? {
        if case .ready(let response) = reply { response } else { nil }
    }

    @Test func `Every answer says where the client stands, and one past the limit is 429`() throws {
        let handler = try handler("1/h")
        let loop = EmbeddedEventLoop()
        let request = try Request(method: .get, target: "/", remoteAddress: ClientAddress(ipv4: 1))
        let first = response(handler.handle(request, on: loop))
        #expect(first?.status == .ok)
        #expect(first?.headers.first("X-Ratelimit-Limit") == "1")
        #expect(first?.headers.first("X-Ratelimit-Remaining") == "0")
        #expect(first?.headers.first("X-Ratelimit-Reset") == "3600")
        #expect(first?.headers.first("Retry-After") == nil)
        let second = response(handler.handle(request, on: loop))
        #expect(second?.status == .tooManyRequests)
        #expect(second?.headers.first("X-Ratelimit-Remaining") == "0")
        #expect(second?.headers.first("Retry-After") == "3600")
        #expect(
            handler.responseToOversizedBody(of: request, size: 1, limit: 0).headers.first("X-Ratelimit-Limit") == "1")
    }

    @Test func `A connection without an address has no limit`() throws {
        let handler = try handler("1/h")
        let loop = EmbeddedEventLoop()
        let request = try Request(method: .get, target: "/")
        for _ in 0..<3 {
            let answer = response(handler.handle(request, on: loop))
            #expect(answer?.status == .ok)
            #expect(answer?.headers.first("X-Ratelimit-Limit") == nil)
        }
    }
}
