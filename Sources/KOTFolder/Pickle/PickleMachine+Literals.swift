extension PickleMachine {
    /// The value that an operation pushes all by itself; nil where `opcode` is another.
    mutating func literal(_ opcode: PickleOpcode) throws(PickleError) -> PickleNode? {
        switch opcode {
        case .none: PickleNode.none
        case .newtrue: .bool(true)
        case .newfalse: .bool(false)
        case .int, .long, .binint, .binint1, .binint2, .long1, .long4: try integer(opcode)
        case .float: .float(try PickleText.float(try input.line()))
        case .binfloat: .float(Double(bitPattern: try input.number(size: 8).byteSwapped))
        case .string: .string(try PickleText.literal(try input.line()))
        case .binstring: .string(try PickleText.ascii(try input.signedCounted()))
        case .shortBinstring: .string(try PickleText.ascii(try input.counted(size: 1)))
        case .unicode: .string(try PickleText.rawUnicode(try input.line()))
        case .shortBinunicode: .string(try PickleText.utf8(try input.counted(size: 1)))
        case .binunicode: .string(try PickleText.utf8(try input.counted(size: 4)))
        case .binunicode8: .string(try PickleText.utf8(try input.counted(size: 8)))
        case .shortBinbytes: .bytes(Array(try input.counted(size: 1)))
        case .binbytes: .bytes(Array(try input.counted(size: 4)))
        case .binbytes8, .bytearray8: .bytes(Array(try input.counted(size: 8)))
        default: nil
        }
    }

    private mutating func integer(_ opcode: PickleOpcode) throws(PickleError) -> PickleNode {
        switch opcode {
        case .binint: return .int(Int64(try input.int32()))
        case .binint1: return .int(Int64(try input.byte()))
        case .binint2: return .int(Int64(truncatingIfNeeded: try input.number(size: 2)))
        case .long1: return try PickleInteger.node(twosComplement: try input.counted(size: 1))
        case .long4: return try PickleInteger.node(twosComplement: try input.signedCounted())
        default: break
        }
        let line = try input.line()
        // The booleans of protocols that have no operations for them.
        if opcode == .int, line.elementsEqual("00".utf8) { return .bool(false) }
        if opcode == .int, line.elementsEqual("01".utf8) { return .bool(true) }
        let hasSuffix = opcode == .long && line.last == UInt8(ascii: "L")
        return try PickleInteger.node(decimal: hasSuffix ? line.dropLast() : line)
    }
}
