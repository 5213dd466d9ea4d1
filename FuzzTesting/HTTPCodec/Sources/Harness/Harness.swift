#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ends the process with a message where the condition does not hold, so that the fuzzer keeps the input.
public func require(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    guard !condition else { return }
    print("\(file):\(line): does not hold: \(message())")
    fflush(nil)
    abort()
}

/// The bytes of a connection, and the places where they are cut into what it reads at once.
public struct CutBytes {
    public let bytes: [UInt8]
    /// Offsets, in their order.
    public let cuts: [Int]

    /// Reads an input. Its first octet's lowest three bits are the number of cuts, whose distances are the octets behind
    /// it; seven stand for a cut behind each byte. So "0" is a prefix of a connection that comes at once, "7" of one that
    /// comes byte by byte.
    public init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        let input = UnsafeBufferPointer(start: start, count: count)
        let number = Int(input.first ?? 0) & 7
        let distances = input.dropFirst().prefix(number == 7 ? 0 : number)
        bytes = Array(input.dropFirst(1 + distances.count))
        if number == 7 {
            cuts = Array(bytes.indices.dropFirst())
        } else {
            var cut = 0
            cuts = distances.map { distance in
                cut += Int(distance)
                return cut
            }
        }
    }
}
