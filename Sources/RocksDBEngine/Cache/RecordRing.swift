#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Records in a ring of memory, with an index by the hash of their keys.
///
/// A new record overwrites the oldest ones, except that one that was read since it was written is written once more in their place
/// (CLOCK). No call allocates. Not safe to use from more than one thread.
struct RecordRing: ~Copyable, @unchecked Sendable {
    // Unchecked: nobody else has its memory.

    /// The longest key and the longest value that it takes, in bytes.
    static let keySizeMax = 512
    static let valueSizeMax = 1024

    /// Of each bucket of the index, so that one fills a cache line.
    private static let slotsPerBucket = 8
    /// The lengths of key and value.
    private static let headerSize = MemoryLayout<Header>.size
    private static let alignment = 8
    /// How many records one insertion moves at most, so that its time has a bound.
    private static let movesMax = 16

    /// The index, and behind it the ring.
    private let allocation: UnsafeMutableRawPointer
    private let slots: UnsafeMutablePointer<Slot>
    private let bucketCount: Int
    private let memory: UnsafeMutableRawPointer
    private let capacity: Int
    /// The records lie from `tail` to `head`; where they go round, from `tail` to `end` and from 0 to `head`.
    private var head = 0
    private var tail = 0
    private var end = 0
    private var isRound = false

    /// A ring that takes about `size` bytes with its index, which are touched as it fills.
    ///
    /// - Returns: nil where there is no such memory.
    init?(size: Int) {
        // A slot for 80 bytes. Where records are much smaller, some push another out of a full bucket before the ring is full.
        let bucketSize = Self.slotsPerBucket * MemoryLayout<Slot>.stride
        bucketCount = max(size / 11 / bucketSize, 1)
        let indexSize = bucketCount * bucketSize
        let largest = Self.size(keyCount: Self.keySizeMax, valueCount: Self.valueSizeMax)
        capacity = min(max((size - indexSize) / Self.alignment * Self.alignment, 2 * largest), Slot.offsetMax)
        // Zeroed memory, which is that of empty slots, is not touched where it comes from the system.
        guard let allocation = calloc(1, indexSize + capacity) else { return nil }
        Self.useHugePages(allocation, indexSize + capacity)
        self.allocation = allocation
        slots = allocation.bindMemory(to: Slot.self, capacity: bucketCount * Self.slotsPerBucket)
        memory = allocation + indexSize
    }

    deinit {
        free(allocation)
    }

    /// The hash by which all that is asked of a key finds it: seeded anew in each process, so that nobody can choose keys that meet in
    /// one bucket.
    static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: key)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// Copies the value of `key` to the front of `buffer`, which has room for the longest.
    ///
    /// - Returns: its length; nil where the key is not here.
    func copyValue(of key: UnsafeRawBufferPointer, hash: UInt64, to buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard let index = slotIndex(of: key, hash), !slots[index].isHidden else { return nil }
        if !slots[index].wasRead { slots[index].wasRead = true }
        let header = header(at: slots[index].offset)
        let value = UnsafeRawBufferPointer(
            start: memory + slots[index].offset + Self.headerSize + Int(header.keyCount), count: Int(header.valueCount))
        guard value.count <= buffer.count else { return nil }
        buffer.copyMemory(from: value)
        return value.count
    }

    /// Keeps the record of `key` from readers, until it is replaced or removed; room that is needed it gives up before that.
    ///
    /// - Returns: whether the key was here.
    func hide(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Bool {
        guard let index = slotIndex(of: key, hash) else { return false }
        slots[index].isHidden = true
        return true
    }

    func remove(_ key: UnsafeRawBufferPointer, hash: UInt64) {
        guard let index = slotIndex(of: key, hash) else { return }
        // Its bytes stay until the ring has come round.
        slots[index] = .empty
    }

    /// Gives `key` another value: in the old one's place where it has the room, so that records that are written again and again push
    /// no others out.
    mutating func replace(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, hash: UInt64) {
        let size = Self.size(keyCount: key.count, valueCount: value.count)
        guard let index = slotIndex(of: key, hash), header(at: slots[index].offset).size == size,
            value.count <= Self.valueSizeMax
        else {
            remove(key, hash: hash)
            return insert(key, value, hash: hash)
        }
        store(key, value, at: slots[index].offset)
        slots[index].isHidden = false
    }

    /// Takes a record whose key is not here; one that is too large, or has no key, is left out.
    mutating func insert(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, hash: UInt64) {
        guard 1...Self.keySizeMax ~= key.count, value.count <= Self.valueSizeMax else { return }
        // Before there is room, for a record that is moved to make it counts as not read since.
        let slot = freeSlotIndex(hash)
        slots[slot] = .empty
        let offset = makeRoom(for: Self.size(keyCount: key.count, valueCount: value.count))
        store(key, value, at: offset)
        slots[slot] = Slot(hash: hash, offset: offset)
    }

    /// Writes a record of lengths that are in bounds where there is room for it.
    private func store(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at offset: Int) {
        let header = Header(keyCount: UInt16(key.count), valueCount: UInt16(value.count))
        memory.storeBytes(of: header, toByteOffset: offset, as: Header.self)
        let start = offset + Self.headerSize
        UnsafeMutableRawBufferPointer(start: memory + start, count: key.count).copyMemory(from: key)
        UnsafeMutableRawBufferPointer(start: memory + start + key.count, count: value.count).copyMemory(from: value)
    }

    /// Has the system keep large memory in huge pages, where it may: a look at a small page that was not used lately takes long.
    private static func useHugePages(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        #if os(Linux)
            let pageSize = 2 << 20
            let skipped = -Int(bitPattern: memory) & (pageSize - 1)
            // Without them it works as well.
            if size - skipped >= pageSize { _ = madvise(memory + skipped, size - skipped, MADV_HUGEPAGE) }
        #endif
    }

    // MARK: The ring

    private struct Header {
        let keyCount: UInt16
        let valueCount: UInt16

        var size: Int { RecordRing.size(keyCount: Int(keyCount), valueCount: Int(valueCount)) }
    }

    private static func size(keyCount: Int, valueCount: Int) -> Int {
        (headerSize + keyCount + valueCount + alignment - 1) / alignment * alignment
    }

    private func header(at offset: Int) -> Header {
        memory.load(fromByteOffset: offset, as: Header.self)
    }

    /// - Returns: the offset of `size` bytes that are no record's any more.
    private mutating func makeRoom(for size: Int) -> Int {
        var movesLeft = Self.movesMax
        while true {
            if !isRound {
                if capacity - head >= size { break }
                end = head
                head = 0
                isRound = true
            } else if tail == end {
                tail = 0
                isRound = false
            } else if tail - head >= size {
                break
            } else {
                removeOldest(movesLeft: &movesLeft)
            }
        }
        defer { head += size }
        return head
    }

    /// Drops the record at the tail, or moves it to the head, where the room before the tail begins.
    private mutating func removeOldest(movesLeft: inout Int) {
        let (oldest, header) = (tail, header(at: tail))
        tail += header.size
        let hash = Self.hash(
            UnsafeRawBufferPointer(start: memory + oldest + Self.headerSize, count: Int(header.keyCount)))
        guard let index = slotIndex(at: oldest, hash) else { return }
        guard slots[index].wasRead, !slots[index].isHidden, movesLeft > 0 else {
            slots[index] = .empty
            return
        }
        movesLeft -= 1
        // What is to be overwritten may overlap with where it is.
        memmove(memory + head, memory + oldest, header.size)
        slots[index] = Slot(hash: hash, offset: head)
        head += header.size
    }

    // MARK: The index

    /// Where a record is, 0 for an empty slot: its offset, some bits of its hash, whether it was read, and whether it is hidden.
    private struct Slot {
        static let empty = Slot(bits: 0)
        /// The offsets count in steps of the alignment, in 32 bits.
        static let offsetMax = Int(UInt32.max - 1) * RecordRing.alignment

        private static let wasReadBit: UInt64 = 1 << 63
        private static let hiddenBit: UInt64 = 1 << 62
        private static let tagMask: UInt64 = 0x3FFF_FFFF << 32
        private var bits: UInt64

        private init(bits: UInt64) {
            self.bits = bits
        }

        init(hash: UInt64, offset: Int) {
            bits = hash & Self.tagMask | UInt64(offset / RecordRing.alignment + 1)
        }

        var isEmpty: Bool { bits == 0 }
        var offset: Int { (Int(bits & 0xFFFF_FFFF) - 1) * RecordRing.alignment }

        var wasRead: Bool {
            get { bits & Self.wasReadBit != 0 }
            set { bits = newValue ? bits | Self.wasReadBit : bits & ~Self.wasReadBit }
        }

        var isHidden: Bool {
            get { bits & Self.hiddenBit != 0 }
            set { bits = newValue ? bits | Self.hiddenBit : bits & ~Self.hiddenBit }
        }

        func mayBe(_ hash: UInt64) -> Bool { !isEmpty && (bits ^ hash) & Self.tagMask == 0 }
    }

    private func bucket(_ hash: UInt64) -> Range<Int> {
        let start = Int(((hash & 0xFFFF_FFFF) &* UInt64(bucketCount)) >> 32) * Self.slotsPerBucket
        return start..<start + Self.slotsPerBucket
    }

    private func slotIndex(of key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        for index in bucket(hash) where slots[index].mayBe(hash) {
            let offset = slots[index].offset
            guard Int(header(at: offset).keyCount) == key.count, let start = key.baseAddress else { continue }
            if memcmp(memory + offset + Self.headerSize, start, key.count) == 0 { return index }
        }
        return nil
    }

    private func slotIndex(at offset: Int, _ hash: UInt64) -> Int? {
        bucket(hash).first { !slots[$0].isEmpty && slots[$0].offset == offset }
    }

    /// An empty slot, or one whose record nobody has read, or else any.
    private func freeSlotIndex(_ hash: UInt64) -> Int {
        let bucket = bucket(hash)
        return bucket.first { slots[$0].isEmpty } ?? bucket.first { !slots[$0].wasRead }
            ?? bucket.lowerBound + Int(hash >> 32) % Self.slotsPerBucket
    }
}
