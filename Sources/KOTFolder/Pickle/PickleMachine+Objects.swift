/// What a pickle may call, because older protocols have no other way to write plain data.
enum PickleConstructor: String {
    case set = "builtins.set"
    case frozenset = "builtins.frozenset"
    case bytes = "builtins.bytes"
    case bytearray = "builtins.bytearray"
    case encode = "_codecs.encode"

    /// - Throws: where the name is of anything else.
    init(module: String, name: String) throws(PickleError) {
        let fullName = (module == "__builtin__" ? "builtins" : module) + "." + name
        guard let constructor = PickleConstructor(rawValue: fullName) else { throw .object(fullName) }
        self = constructor
    }
}

extension PickleMachine {
    /// Names or makes one of the `PickleConstructor`s' objects.
    ///
    /// - Throws: for all other objects, with what was asked for.
    mutating func makeObject(_ opcode: PickleOpcode) throws(PickleError) {
        switch opcode {
        case .global:
            try name(module: try PickleText.utf8(try input.line()), try PickleText.utf8(try input.line()))
        case .stackGlobal:
            guard case .string(let name) = graph[try pop()], case .string(let module) = graph[try pop()] else {
                throw .damaged("a name is no string")
            }
            try self.name(module: module, name)
        case .inst:
            let module = try PickleText.utf8(try input.line())
            throw .object("\(module).\(try PickleText.utf8(try input.line()))")
        case .reduce:
            guard case .container(.tuple, let arguments) = graph[try pop()],
                case .constructor(let constructor) = graph[try pop()]
            else { throw .object("the result of a call") }
            try push(try call(constructor, graph.items(at: arguments)))
        case .ext1: throw .object("number \(try input.number(size: 1)) of the extension registry")
        case .ext2: throw .object("number \(try input.number(size: 2)) of the extension registry")
        case .ext4: throw .object("number \(try input.number(size: 4)) of the extension registry")
        case .persid, .binpersid: throw .object("one that is kept elsewhere under a persistent id")
        case .nextBuffer, .readonlyBuffer: throw .object("a buffer that is kept elsewhere")
        default: throw .object("an instance of a class")
        }
    }

    private mutating func name(module: String, _ name: String) throws(PickleError) {
        try push(graph.add(.constructor(try PickleConstructor(module: module, name: name))))
    }

    private mutating func call(
        _ constructor: PickleConstructor, _ arguments: [PickleNodeID]
    ) throws(PickleError) -> PickleNodeID {
        // Two at most, because a pickle may use a large tuple for many calls.
        let values = arguments.prefix(2).map { graph[$0] }
        switch (constructor, values.first, arguments.count) {
        case (.set, nil, 0), (.frozenset, nil, 0): return graph.addContainer(.set, [])
        case (.set, .container(.list, let items), 1), (.frozenset, .container(.list, let items), 1):
            // The same items, not a copy, which a pickle could make again and again.
            return graph.add(.container(.set, items: items))
        case (.bytes, nil, 0), (.bytearray, nil, 0): return graph.add(.bytes([]))
        case (.bytearray, .bytes(let bytes), 1): return graph.add(.bytes(bytes))
        case (.bytearray, .string(let text), 2), (.encode, .string(let text), 2):
            guard case .string(let encoding) = values[1], encoding == "latin1" || encoding == "latin-1" else { break }
            return graph.add(.bytes(try latin1(text)))
        default: break
        }
        throw .damaged("it calls \(constructor.rawValue) as no pickler does")
    }

    private mutating func latin1(_ text: String) throws(PickleError) -> [UInt8] {
        guard text.utf8.count / 2 <= restEncodedSize else { throw .tooLarge }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { throw .damaged("bytes are no Latin-1") }
            bytes.append(byte)
        }
        restEncodedSize -= bytes.count
        return bytes
    }
}
