import DequeModule
import KeyValueStore

/// Work for many namespaces, of which each has its turn, however much another has.
struct FairQueue<Element> {
    private var queues: [NamespaceID: Deque<Element>] = [:]
    /// Those that have work, each once.
    private var turns: Deque<NamespaceID> = []

    var isEmpty: Bool { turns.isEmpty }

    mutating func append(_ element: Element, for namespace: NamespaceID) {
        if queues[namespace] == nil { turns.append(namespace) }
        queues[namespace, default: []].append(element)
    }

    mutating func popFirst() -> Element? {
        guard let namespace = turns.popFirst(), let element = queues[namespace]?.popFirst() else { return nil }
        if queues[namespace]?.isEmpty ?? true {
            queues[namespace] = nil
        } else {
            turns.append(namespace)
        }
        return element
    }
}
