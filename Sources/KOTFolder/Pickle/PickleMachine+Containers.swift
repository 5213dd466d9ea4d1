extension PickleMachine {
    /// Makes or fills a container; false where `opcode` does neither.
    mutating func changeContainer(_ opcode: PickleOpcode) throws(PickleError) -> Bool {
        switch opcode {
        case .emptyList: try push(.list, [])
        case .emptyTuple: try push(.tuple, [])
        case .emptySet: try push(.set, [])
        case .emptyDict: try push(.dict, [])
        case .list: try push(.list, try popToMark())
        case .tuple: try push(.tuple, try popToMark())
        case .frozenset: try push(.set, try popToMark())
        case .dict: try push(.dict, try pairs(try popToMark()))
        case .tuple1: try push(.tuple, try pop(1))
        case .tuple2: try push(.tuple, try pop(2))
        case .tuple3: try push(.tuple, try pop(3))
        case .append: try fill(.list, with: try pop(1))
        case .appends: try fill(.list, with: try popToMark())
        case .additems: try fill(.set, with: try popToMark())
        case .setitem: try fill(.dict, with: try pop(2))
        case .setitems: try fill(.dict, with: try pairs(try popToMark()))
        default: return false
        }
        return true
    }

    private mutating func push(_ container: PickleContainer, _ items: [PickleNodeID]) throws(PickleError) {
        try push(graph.addContainer(container, items))
    }

    /// Appends to the container that is on top of the stack.
    private mutating func fill(_ container: PickleContainer, with items: [PickleNodeID]) throws(PickleError) {
        guard case .container(container, let place) = graph[try top()] else {
            throw .damaged("it puts items in something that is no \(container)")
        }
        graph.append(items, toItems: place)
    }

    private func pairs(_ items: [PickleNodeID]) throws(PickleError) -> [PickleNodeID] {
        guard items.count.isMultiple(of: 2) else { throw .damaged("a key of a dict has no value") }
        return items
    }
}
