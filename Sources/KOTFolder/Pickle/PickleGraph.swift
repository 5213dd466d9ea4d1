/// A value while the pickle is read, when containers still grow and may stand in several others or in themselves.
enum PickleNode {
    case none
    case bool(Bool)
    case int(Int64)
    case bigInt(String)
    case float(Double)
    case string(String)
    case bytes([UInt8])
    /// `items` is the place in `PickleGraph`.
    case container(PickleContainer, items: Int)
    case constructor(PickleConstructor)
}

enum PickleContainer {
    case list, tuple, set
    /// Its items are keys and values by turns.
    case dict
}

/// The values of a pickle. They refer to each other by their places here, so that none is freed by way of another.
struct PickleGraph {
    private var nodes: [PickleNode] = []
    private var items: [[PickleNodeID]] = []

    subscript(id: PickleNodeID) -> PickleNode { nodes[id.index] }

    mutating func add(_ node: PickleNode) -> PickleNodeID {
        nodes.append(node)
        return PickleNodeID(index: nodes.count - 1)
    }

    mutating func addContainer(_ container: PickleContainer, _ items: [PickleNodeID]) -> PickleNodeID {
        self.items.append(items)
        return add(.container(container, items: self.items.count - 1))
    }

    mutating func append(_ newItems: some Collection<PickleNodeID>, toItems place: Int) {
        items[place] += newItems
    }

    func items(at place: Int) -> [PickleNodeID] { items[place] }
}

/// The place of a value in its graph, which only that makes.
struct PickleNodeID {
    private let place: UInt32

    fileprivate init(index: Int) {
        place = UInt32(truncatingIfNeeded: index)
    }

    fileprivate var index: Int { Int(place) }
}

/// Copies a value out of its graph as a tree.
struct PickleExpansion {
    private let graph: PickleGraph
    private var restCount = PickleLimits.valueCountMax
    /// Of the names of members, in bytes.
    private var restKeySize = PickleLimits.sizeMax

    init(_ graph: PickleGraph) {
        self.graph = graph
    }

    /// - Throws: where the tree is too deep, as where a list contains itself, or too large, as where lists contain others many
    ///   times that do so, too.
    mutating func value(_ id: PickleNodeID, depth: Int = 0) throws(PickleError) -> PickleValue {
        guard restCount > 0 else { throw .tooMany }
        restCount -= 1
        switch graph[id] {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .bigInt(let value): return .bigInt(value)
        case .float(let value): return .float(value)
        case .string(let value): return .string(value)
        case .bytes(let value): return .bytes(value)
        case .constructor(let constructor): throw .object(constructor.rawValue)
        case .container(let container, let place):
            guard depth < PickleLimits.depthMax else { throw .tooDeep }
            var values: [PickleValue] = []
            for item in graph.items(at: place) { values.append(try value(item, depth: depth + 1)) }
            switch container {
            case .list: return .list(values)
            case .tuple: return .tuple(values)
            case .set: return .set(values)
            case .dict: return .dict(try members(values))
            }
        }
    }

    /// Of keys that are the same string the last value counts, in the place of the first, as in Python.
    private mutating func members(_ values: [PickleValue]) throws(PickleError) -> [PickleValue.Member] {
        var members: [PickleValue.Member] = []
        var places: [[UInt8]: Int] = [:]
        for index in stride(from: 0, to: values.count - 1, by: 2) {
            let (key, value) = (values[index], values[index + 1])
            if case .string(let name) = key {
                guard name.utf8.count <= restKeySize else { throw .tooLarge }
                restKeySize -= name.utf8.count
                // Compared as bytes, because strings are equal that are spelled with other scalars.
                let bytes = Array(name.utf8)
                if let place = places[bytes] {
                    members[place] = PickleValue.Member(key: key, value: value)
                    continue
                }
                places[bytes] = members.count
            }
            members.append(PickleValue.Member(key: key, value: value))
        }
        return members
    }
}
