import Glibc

/// Looks for damage in a log of RocksDB, which takes zeros in the middle of a log for space that was never written to and
/// silently drops what they replaced, and reports other damage without telling in which log it is.
///
/// A log is a row of blocks of 32 KiB, of records that begin with 4 bytes of checksum, 2 of length and 1 of type.
struct LogCheck {
    private static let blockSize = 32 << 10
    private static let headerSize = 7

    /// Whether all checksums are verified, as RocksDB itself does, or only gaps are looked for.
    let verifiesChecksums: Bool

    private enum End {
        /// The records end at the end of the block.
        case ofBlock
        /// Space that was never written to begins at this offset in the block.
        case ofLog(Int)
        case damage(Int)
    }

    /// The offset in bytes of the first damage in the log `path`; nil where there is none, or it can't be read.
    func firstDamage(in path: String) -> Int? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        var offset = 0
        /// Where the zeros begin that all of the rest must consist of.
        var endOfLog: Int?
        while true {
            let count = fread(&block, 1, Self.blockSize, file)
            guard count > 0 else { return nil }
            var rest = block[..<count]
            if endOfLog == nil {
                switch end(of: rest) {
                case .ofBlock: rest = []
                case .damage(let position): return offset + position
                case .ofLog(let position):
                    endOfLog = offset + position
                    rest = rest[position...]
                }
            }
            if let endOfLog, rest.contains(where: { byte in byte != 0 }) { return endOfLog }
            offset += count
        }
    }

    private func end(of block: ArraySlice<UInt8>) -> End {
        var start = 0
        while start + Self.headerSize <= block.count {
            let length = Int(block[start + 4]) | Int(block[start + 5]) << 8
            // No record has type 0: RocksDB drops the rest of the block.
            if block[start + 6] == 0, length == 0 { return .ofLog(start) }
            let end = start + Self.headerSize + length
            guard end <= block.count else {
                // No record crosses the end of a block, but the log may end in a torn one.
                return block.count == Self.blockSize ? .damage(start) : .ofBlock
            }
            if verifiesChecksums, checksum(block[(start + 6)..<end]) != storedChecksum(block[start..<(start + 4)]) {
                return .damage(start)
            }
            start = end
        }
        return .ofBlock
    }
}

private func storedChecksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reversed().reduce(0) { sum, byte in sum << 8 | UInt32(byte) }
}

/// CRC-32C in RocksDB's form, which is changed so that data with checksums within has no weak ones.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let checksum = ~bytes.reduce(~0) { sum, byte in
        checksumTable[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8)
    }
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
}

private let checksumTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in
        sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0x82F6_3B78
    }
}
