import NIOCore
import Statistics
import Testing

@testable import Operations

@Suite struct MetricsTextTests {
    private func text(_ family: MetricFamily?) throws -> String {
        String(buffer: MetricsText([try #require(family)]).buffer)
    }

    @Test func aNumberHasItsHelpAndItsTypeBeforeIt() throws {
        let family = MetricFamily(.gauge, "memory_bytes", "What is in use.", 1024)
        #expect(
            try text(family) == """
                # HELP memory_bytes What is in use.
                # TYPE memory_bytes gauge
                memory_bytes 1024

                """)
    }

    @Test func labelsAreEscapedAndKeepTheirOrder() throws {
        let family = MetricFamily(
            .counter, "things_total", "A \\ and a\nline.",
            [([("b", #"x"y\z"#), ("a", "two\nlines")], 1), ([("b", ""), ("a", "é")], 0.5)])
        #expect(
            try text(family) == #"""
                # HELP things_total A \\ and a\nline.
                # TYPE things_total counter
                things_total{b="x\"y\\z",a="two\nlines"} 1
                things_total{b="",a="é"} 0.5

                """#)
    }

    @Test func aHistogramHasEachBucketWithAllBelowIt() throws {
        var histogram = Histogram(bounds: [100_000, 2_500_000_000])
        for value: UInt64 in [1, 100_000, 100_001, 3_000_000_000] { histogram.record(value) }
        let family = MetricFamily("time_seconds", "Time.", unitsPerOne: 1e9, [([("route", "key")], histogram)])
        #expect(
            try text(family) == """
                # HELP time_seconds Time.
                # TYPE time_seconds histogram
                time_seconds_bucket{route="key",le="0.0001"} 2
                time_seconds_bucket{route="key",le="2.5"} 3
                time_seconds_bucket{route="key",le="+Inf"} 4
                time_seconds_sum{route="key"} 3.000200002
                time_seconds_count{route="key"} 4

                """)
    }

    @Test func whatHasNoSamplesIsLeftOut() {
        #expect(MetricsText([MetricFamily(.counter, "none_total", "None.", [])]).buffer.readableBytes == 0)
        #expect(MetricFamily(.gauge, "none", "None.", nil) == nil)
    }

    @Test(arguments: [(0.0, "0"), (1e15, "1000000000000000"), (1e300, "1e+300"), (.infinity, "+Inf"), (0.1, "0.1")])
    func numbersAreAsPrometheusReadsThem(_ number: Double, _ expected: String) throws {
        #expect(try text(MetricFamily(.gauge, "n", "N.", number)).hasSuffix("\nn \(expected)\n"))
    }

    @Test func theProcessKnowsItself() throws {
        let process = ProcessStatistics()
        #expect(try #require(process.residentMemory) > 1 << 20)
        #expect(try #require(process.openFiles) >= 3)
        #expect(try #require(process.cpuTime) > 0)
        #expect(try #require(process.startTime) > 1_700_000_000)
    }
}
