import Testing

@testable import KOTAPI

@Suite("Rate limits as KOT has them")
struct RateLimitTests {
    @Test(
        "KOT's notation and Kvick's are read",
        arguments: [
            ("100 per minute", 100, 60), ("100/minute", 100, 60), ("1000 per hour", 1000, 3600),
            ("5 per 10 seconds", 5, 10),
            ("5/2 days", 5, 172_800), ("1 PER Day", 1, 86_400), ("1000/h", 1000, 3600), ("10/s", 10, 1),
            (" 7 per month ", 7, 2_592_000),
        ])
    func notation(text: String, count: Int, seconds: Int) throws {
        let limit = try #require(KOTRateLimit(text)).limit
        #expect(limit.count == count)
        #expect(limit.window == .seconds(seconds))
    }

    @Test(
        "What is no limit is told from one",
        arguments: [
            "", "100", "per minute", "100 minute", "x per minute", "100 per", "100 per fortnight", "100 per 0 minutes",
            "0 per minute", "-1 per minute", "100 per -1 minutes", "100 per 1.5 hours",
            "100 per 99999999999999999999 days",
            "1 per 2 3 days",
        ])
    func malformed(text: String) {
        #expect(KOTRateLimit(text) == nil)
    }

    @Test("Several are written with commas or semicolons between")
    func lists() throws {
        #expect(
            KOTRateLimit.list("200 per day, 50 per hour;1/s")?.map(\.text) == ["200 per day", "50 per hour", "1/s"])
        #expect(KOTRateLimit.list("")?.isEmpty == true)
        #expect(KOTRateLimit.list("200 per day,x") == nil)
    }
}
