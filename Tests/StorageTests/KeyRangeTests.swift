import Storage
import Testing

@Suite struct KeyRangeTests {
    private static func range(_ lower: [UInt8], _ upper: [UInt8]?) -> KeyRange {
        KeyRange(lowerBound: Key(lower), upperBound: upper.map { Key($0) })
    }

    @Test("Keys are ordered by their bytes as unsigned numbers, a prefix before what it begins")
    func order() {
        let ordered: [[UInt8]] = [[], [0], [0, 0], [0x7F], [0x80], [0x80, 0], [0xFF], [0xFF, 0xFF]]
        for (left, right) in zip(ordered, ordered.dropFirst()) {
            #expect(Key(left) < Key(right))
            #expect(!(Key(right) < Key(left)))
        }
    }

    @Test("The range of a prefix ends before the next prefix, and has no end behind FF FF")
    func prefixes() {
        #expect(KeyRange(prefix: [1]) == Self.range([1], [2]))
        #expect(KeyRange(prefix: [1, 0xFF, 0xFF]) == Self.range([1, 0xFF, 0xFF], [2]))
        #expect(KeyRange(prefix: [0xFF, 0xFF]) == Self.range([0xFF, 0xFF], nil))
        #expect(KeyRange.all == Self.range([], nil))
    }

    @Test("A range contains its lower bound and not its upper bound")
    func containment() {
        let range = Self.range([1], [2])
        #expect(range.contains(Key([1])))
        #expect(range.contains(Key([1, 0xFF])))
        #expect(!range.contains(Key([2])))
        #expect(!range.contains(Key([0xFF])))
        #expect(!range.contains(Key([0])))
        #expect(Self.range([1], nil).contains(Key([0xFF, 0xFF])))
    }

    @Test("A range is empty where it ends at its beginning or before")
    func emptiness() {
        #expect(Self.range([1], [1]).isEmpty)
        #expect(Self.range([2], [1]).isEmpty)
        #expect(Self.range([], []).isEmpty)
        #expect(!Self.range([1], [1, 0]).isEmpty)
        #expect(!Self.range([1], nil).isEmpty)
    }

    @Test("The parts behind and before a key leave out the key, and never grow the range")
    func parts() {
        let range = Self.range([1], [5])
        #expect(range.after(Key([2])) == Self.range([2, 0], [5]))
        #expect(range.after(Key([0])) == range)
        #expect(range.after(Key([7])).isEmpty)
        #expect(range.before(Key([3])) == Self.range([1], [3]))
        #expect(range.before(Key([9])) == range)
        #expect(range.before(Key([1])).isEmpty)
        #expect(Self.range([1], nil).before(Key([3])) == Self.range([1], [3]))
    }
}
