import Storage

/// Values by key, in the order of the keys.
struct SortedKeys<Value> {
    typealias Element = (key: [UInt8], value: Value)

    let elements: [Element]

    /// - Parameter elements: in any order, no two with the same key.
    init(_ elements: some Sequence<Element>) {
        self.elements = elements.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    func elements(in range: KeyRange) -> ArraySlice<Element> {
        let start = count(before: range.lowerBound)
        let end = range.upperBound.map(count) ?? elements.count
        return start < end ? elements[start..<end] : []
    }

    /// How many keys come before `bound`.
    private func count(before bound: Key) -> Int {
        var (low, high) = (0, elements.count)
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].key.lexicographicallyPrecedes(bound.bytes) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

extension SortedKeys: Sendable where Value: Sendable {}
