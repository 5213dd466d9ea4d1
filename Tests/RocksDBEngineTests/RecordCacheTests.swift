import Storage
import StorageTesting
import Testing

@testable import RocksDBEngine

@Suite struct RecordCacheTests {
    private let cache: RecordCache

    init() throws {
        cache = try RecordCache(size: 1 << 20)
    }

    @Test func givesWhatWasReadAfterAMiss() {
        let miss = look("a").miss
        #expect(miss != nil)
        insert("a", "1", after: miss)
        #expect(look("a").value == "1")
        #expect(look("b").value == nil)
        insert("b", "2", after: look("b").miss)
        #expect(look("a").value == "1")
        #expect(look("b").value == "2")
    }

    @Test func tellsNothingOfARecordThatIsBeingWritten() {
        insert("a", "1", after: look("a").miss)
        let batch = batch { $0.put(Key("a"), "2") }
        let write = cache.begin(batch)
        #expect(look("a").value == nil)
        #expect(look("a").miss == nil)
        cache.end(write, of: batch, succeeded: true)
        #expect(look("a").value == "2")
    }

    @Test func tellsNothingOfARecordThatIsBeingWrittenHoweverManyOthersCome() {
        insert("a", "1", after: look("a").miss)
        #expect(look("a").value == "1")
        let batch = batch { $0.put(Key("a"), "2") }
        let write = cache.begin(batch)
        for number in 0..<20_000 {
            insert("cold\(number)", String(repeating: "v", count: 80), after: look("cold\(number)").miss)
            #expect(look("a").value == nil)
        }
        cache.end(write, of: batch, succeeded: true)
        #expect(look("a").value == "2")
    }

    @Test func takesNothingThatWasReadBeforeAWriteWhileThatIsUnderWay() {
        let early = look("a").miss
        #expect(early != nil)
        let batch = batch { $0.put(Key("a"), "2") }
        let write = cache.begin(batch)
        insert("a", "1", after: early)
        cache.end(write, of: batch, succeeded: false)
        #expect(look("a").value == nil)
    }

    @Test func hasARecordOnceWhereTwoReadersMissedIt() {
        let (first, second) = (look("a").miss, look("a").miss)
        insert("a", "1", after: first)
        insert("a", "1", after: second)
        #expect(look("a").value == "1")
        let batch = batch { $0.delete(Key("a")) }
        cache.end(cache.begin(batch), of: batch, succeeded: true)
        #expect(look("a").value == nil)
    }

    @Test func takesNothingThatWasReadBeforeAWrite() {
        let miss = look("a").miss
        let batch = batch { $0.put(Key("a"), "2") }
        cache.end(cache.begin(batch), of: batch, succeeded: true)
        insert("a", "1", after: miss)
        #expect(look("a").value == nil)
        insert("a", "2", after: look("a").miss)
        #expect(look("a").value == "2")
    }

    @Test func forgetsWhatIsDeletedAndWhatMayHaveFailed() {
        insert("a", "1", after: look("a").miss)
        insert("b", "1", after: look("b").miss)
        let batch = batch {
            $0.delete(Key("a"))
            $0.put(Key("b"), "2")
        }
        cache.end(cache.begin(batch), of: batch, succeeded: false)
        #expect(look("a").value == nil)
        #expect(look("b").value == nil)
    }

    @Test(arguments: [true, false]) func takesNoValueOfWritesThatOverlap(firstEndsFirst: Bool) {
        insert("a", "1", after: look("a").miss)
        let (first, second) = (batch { $0.put(Key("a"), "2") }, batch { $0.put(Key("a"), "3") })
        let firstWrite = cache.begin(first)
        let secondWrite = cache.begin(second)
        if firstEndsFirst {
            cache.end(firstWrite, of: first, succeeded: true)
            expectNothing("a")
            cache.end(secondWrite, of: second, succeeded: true)
        } else {
            cache.end(secondWrite, of: second, succeeded: true)
            expectNothing("a")
            cache.end(firstWrite, of: first, succeeded: true)
        }
        #expect(look("a").value == nil)
        #expect(look("a").miss != nil)
    }

    private func expectNothing(_ key: String) {
        let found = look(key)
        #expect(found.value == nil)
        #expect(found.miss == nil)
    }

    @Test func takesNoValueOfAKeyThatABatchWritesTwice() {
        insert("a", "1", after: look("a").miss)
        insert("b", "1", after: look("b").miss)
        let batch = batch {
            $0.put(Key("a"), "2")
            $0.put(Key("b"), "2")
            $0.put(Key("a"), "3")
            $0.delete(Key("b"))
        }
        let write = cache.begin(batch)
        expectNothing("a")
        expectNothing("b")
        cache.end(write, of: batch, succeeded: true)
        #expect(look("a").value == nil)
        #expect(look("b").value == nil)
    }

    @Test func forgetsARecordWhoseNewValueIsTooLarge() {
        // With a key of a byte, the record of the longest value and the one that is a byte longer take as much room.
        let largest = String(repeating: "v", count: RecordRing.valueSizeMax)
        for value in [largest + "v", largest + largest] {
            insert("a", largest, after: look("a").miss)
            #expect(look("a").value == largest)
            let batch = batch { $0.put(Key("a"), value) }
            cache.end(cache.begin(batch), of: batch, succeeded: true)
            #expect(look("a").value == nil)
        }
    }

    @Test func leavesOutWhatIsTooLarge() {
        let large = String(repeating: "v", count: RecordRing.valueSizeMax)
        insert("a", large, after: look("a").miss)
        #expect(look("a").value == large)
        insert("b", large + "v", after: look("b").miss)
        #expect(look("b").value == nil)
        let key = String(repeating: "k", count: RecordRing.keySizeMax + 1)
        insert(key, "1", after: look(key).miss)
        #expect(look(key).value == nil)
    }

    @Test func keepsWhatIsReadAgainAndAgain() {
        insert("hot", "1", after: look("hot").miss)
        for number in 0..<50_000 {
            insert("cold\(number)", String(repeating: "v", count: 80), after: look("cold\(number)").miss)
            #expect(look("hot").value == "1")
        }
        #expect(look("cold49999").value != nil)
        #expect(look("cold0").value == nil)
    }

    @Test func pushesNothingOutForValuesOfTheSameLength() {
        // Few enough that none shares a full bucket of the index.
        let keys = (0..<400).map { "key\($0)" }
        for key in keys { insert(key, "0", after: look(key).miss) }
        for number in 0..<50_000 {
            let batch = batch { $0.put(Key("key7"), String(number % 10)) }
            cache.end(cache.begin(batch), of: batch, succeeded: true)
        }
        #expect(keys.filter { look($0).value == nil } == [])
        #expect(look("key7").value == "9")
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func answersAsAMapWould(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var stored: [String: String] = [:]
        var hits = 0
        func randomKey() -> String { "key\(Int.random(in: 0..<6_000, using: &random))" }
        func randomValue() -> String {
            // Some of the same length, which take each other's place.
            let lengths = [8, 80, Int.random(in: 0...300, using: &random)]
            let length = lengths[Int.random(in: lengths.indices, using: &random)]
            return String(repeating: "v", count: length) + "\(Int.random(in: 0...9, using: &random))"
        }
        func expectRight(_ key: String, hidden: Set<String> = []) {
            let found = look(key)
            if let value = found.value {
                hits += 1
                #expect(stored[key] == value)
                #expect(!hidden.contains(key))
            } else if let value = stored[key] {
                insert(key, value, after: found.miss)
            } else if !hidden.contains(key) {
                stored[key] = randomValue()
            }
        }
        for _ in 0..<40_000 {
            guard Int.random(in: 0..<5, using: &random) == 0 else {
                expectRight(randomKey())
                continue
            }
            let keys = Set((0..<Int.random(in: 1...4, using: &random)).map { _ in randomKey() })
            let values = keys.map { _ in Bool.random(using: &random) ? randomValue() : nil }
            let batch = batch { batch in
                for (key, value) in zip(keys, values) {
                    if let value { batch.put(Key(key), value) } else { batch.delete(Key(key)) }
                }
            }
            let write = cache.begin(batch)
            // Others read meanwhile, for whom records are moved and dropped.
            for _ in 0..<3 { expectRight(randomKey(), hidden: keys) }
            for key in keys { expectRight(key, hidden: keys) }
            for (key, value) in zip(keys, values) { stored[key] = value }
            cache.end(write, of: batch, succeeded: true)
        }
        #expect(hits > 5_000)
    }

    @Test func refusesASizeThatThereIsNoMemoryFor() {
        #expect(throws: StorageError.self) { try RecordCache(size: 1 << 60) }
    }

    private func look(_ key: String) -> (value: String?, miss: RecordCache.Miss?) {
        var value: String?
        switch Key(key).withUnsafeBytes({ cache.read($0) { value = String(decoding: $0, as: UTF8.self) } }) {
        case .found: return (value, nil)
        case .missing(let miss): return (nil, miss)
        }
    }

    private func insert(_ key: String, _ value: String, after miss: RecordCache.Miss?) {
        Key(key).withUnsafeBytes { key in
            Array(value.utf8).withUnsafeBytes { cache.insert(key, $0, after: miss) }
        }
    }

    private func batch(_ change: (inout WriteBatch) -> Void) -> WriteBatch {
        var batch = WriteBatch()
        change(&batch)
        return batch
    }
}

extension Key {
    fileprivate init(_ text: String) {
        self.init(Array(text.utf8))
    }
}

extension WriteBatch {
    fileprivate mutating func put(_ key: Key, _ value: String) {
        put(key, Array(value.utf8))
    }
}
