import Statistics
import Testing

@Suite struct HistogramTests {
    @Test func aValueIsInTheFirstBucketWhoseBoundItDoesNotPass() {
        var histogram = Histogram(bounds: [10, 20])
        for value: UInt64 in [0, 10, 11, 20, 21, 1000] { histogram.record(value) }
        #expect(histogram.counts == [2, 2, 2])
        #expect(histogram.count == 6)
        #expect(histogram.sum == 1062)
    }

    @Test func anotherOfTheSameBoundsIsAdded() {
        var histogram = Histogram(bounds: [10])
        histogram.record(5)
        var other = Histogram(bounds: [10])
        other.record(50)
        histogram.add(other)
        #expect(histogram.counts == [1, 1])
        #expect(histogram.sum == 55)
    }

    @Test func anotherOfOtherBoundsIsNot() {
        var histogram = Histogram(bounds: [10])
        var other = Histogram(bounds: [10, 20])
        other.record(5)
        histogram.add(other)
        #expect(histogram.count == 0)
    }
}
