/// Python's pickle machine for plain data: a stack, marks on it, and a memo of values that are used again.
///
/// It works like CPython's `pickle.py`, but nothing of Python is found by its name, called or built.
struct PickleMachine {
    var input: PickleInput
    var graph = PickleGraph()
    private var stack: [PickleNodeID] = []
    /// How high the stack was at each `MARK` that still stands.
    private var marks: [Int] = []
    private var memo = PickleMemo()
    /// How many values may still be pushed, which bounds the stack and everything that is made of it.
    private var restCount = PickleLimits.valueCountMax
    /// How many bytes strings may still be encoded to, as a pickle can have one string encoded again and again.
    var restEncodedSize: Int

    init(_ pickle: [UInt8]) throws(PickleError) {
        guard pickle.count <= PickleLimits.sizeMax else { throw .tooLarge }
        input = PickleInput(pickle)
        restEncodedSize = pickle.count
    }

    /// Runs the pickle to its end.
    mutating func run() throws(PickleError) -> PickleValue {
        while true {
            let code = try input.byte()
            guard let opcode = PickleOpcode(rawValue: code) else { throw .damaged("\(code) is no operation") }
            guard opcode != .stop else { break }
            if let node = try literal(opcode) {
                try push(graph.add(node))
            } else if try !changeStack(opcode), try !changeContainer(opcode) {
                try makeObject(opcode)
            }
        }
        guard input.restCount == 0 else { throw .damaged("there is more behind its end") }
        var expansion = PickleExpansion(graph)
        return try expansion.value(try pop())
    }

    /// Marks, the memo, and what else changes the stack alone; false where `opcode` is another.
    private mutating func changeStack(_ opcode: PickleOpcode) throws(PickleError) -> Bool {
        switch opcode {
        case .proto:
            let version = try input.byte()
            guard version <= 5 else { throw PickleError("its pickle protocol \(version) is newer than 5") }
        case .frame:
            guard try input.number(size: 8) <= UInt64(input.restCount) else { throw .damaged("it ends too early") }
        case .mark:
            // Each container that is being filled stands on one.
            guard marks.count < 2 * PickleLimits.depthMax else { throw .tooDeep }
            marks.append(stack.count)
        case .pop:
            if stack.count > floor { stack.removeLast() } else { _ = try popToMark() }
        case .popMark: _ = try popToMark()
        case .dup: try push(try top())
        case .put: try memo.set(try input.decimalIndex(), to: try top())
        case .binput: try memo.set(try input.number(size: 1), to: try top())
        case .longBinput: try memo.set(try input.number(size: 4), to: try top())
        case .memoize: try memo.append(try top())
        case .get: try push(try memo.get(try input.decimalIndex()))
        case .binget: try push(try memo.get(try input.number(size: 1)))
        case .longBinget: try push(try memo.get(try input.number(size: 4)))
        default: return false
        }
        return true
    }
}

// MARK: - The stack

extension PickleMachine {
    /// What is beneath the last mark can't be reached.
    private var floor: Int { marks.last ?? 0 }

    mutating func push(_ id: PickleNodeID) throws(PickleError) {
        guard restCount > 0 else { throw .tooMany }
        restCount -= 1
        stack.append(id)
    }

    func top() throws(PickleError) -> PickleNodeID {
        guard stack.count > floor, let id = stack.last else { throw .damaged("a value is missing") }
        return id
    }

    mutating func pop() throws(PickleError) -> PickleNodeID {
        let id = try top()
        stack.removeLast()
        return id
    }

    /// Takes the last `count` values off, in the order in which they were pushed.
    mutating func pop(_ count: Int) throws(PickleError) -> [PickleNodeID] {
        guard stack.count - floor >= count else { throw .damaged("a value is missing") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    /// Takes the last mark and the values on it off.
    mutating func popToMark() throws(PickleError) -> [PickleNodeID] {
        guard let mark = marks.popLast() else { throw .damaged("a mark is missing") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }
}

/// Values that a pickle uses again, by their numbers, which picklers count up from 0 or 1.
struct PickleMemo {
    private var ids: [PickleNodeID?] = []
    private var count: UInt64 = 0

    mutating func set(_ index: UInt64, to id: PickleNodeID) throws(PickleError) {
        guard index < PickleLimits.valueCountMax else { throw .tooMany }
        let index = Int(index)
        if index >= ids.count { ids += repeatElement(nil, count: index + 1 - ids.count) }
        if ids[index] == nil { count += 1 }
        ids[index] = id
    }

    /// Under the number of how many there are.
    mutating func append(_ id: PickleNodeID) throws(PickleError) {
        try set(count, to: id)
    }

    func get(_ index: UInt64) throws(PickleError) -> PickleNodeID {
        guard index < ids.count, let id = ids[Int(index)] else {
            throw .damaged("it uses value \(index) again, which it does not have")
        }
        return id
    }
}
