/// A value of plain data that was pickled by Python.
package enum PickleValue: Hashable, Sendable {
    case none
    case bool(Bool)
    case int(Int64)
    /// An integer beyond 64 bits, in decimal.
    case bigInt(String)
    case float(Double)
    case string(String)
    /// Of `bytes` and of `bytearray`.
    case bytes([UInt8])
    case list([PickleValue])
    case tuple([PickleValue])
    /// Of `set` and of `frozenset`, in the order of the pickle.
    case set([PickleValue])
    /// Members in the order of the pickle; no two keys are the same string.
    case dict([Member])

    package struct Member: Hashable, Sendable {
        package let key: PickleValue
        package let value: PickleValue
    }

    /// Reads a pickle of protocol 0 to 5 (CPython's `pickletools.py`), without calling or building anything that it names.
    ///
    /// - Throws: where it is damaged, beyond the `PickleLimits`, or more than plain data.
    package init(pickle: [UInt8]) throws(PickleError) {
        var machine = try PickleMachine(pickle)
        self = try machine.run()
    }

    /// The member of a dict; nil where there is none, and where this is no dict.
    package subscript(name: String) -> PickleValue? {
        guard case .dict(let members) = self else { return nil }
        return members.first { $0.key == .string(name) }?.value
    }
}
