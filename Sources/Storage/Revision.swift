/// The number of a commit: each is greater than all before it, in one store, for ever.
public struct Revision: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Before the first commit.
    public static let zero = Revision(rawValue: 0)

    public var next: Revision { Revision(rawValue: rawValue &+ 1) }

    public static func < (left: Revision, right: Revision) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension Revision: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
