import Storage

/// A place in the order of all changes: behind a whole commit, or behind one of its changes.
///
/// Written `42` for all of commit 42, and `42.3` for its first three changes.
public struct ChangePosition: Hashable, Comparable, Sendable {
    public let revision: Revision
    /// How many changes of the commit lie before this place; `wholeCommit` for all.
    let number: UInt32

    static let wholeCommit = UInt32.max

    /// Behind a whole commit.
    public init(behind revision: Revision) {
        self.init(revision: revision, number: Self.wholeCommit)
    }

    init(revision: Revision, number: UInt32) {
        self.revision = revision
        self.number = number
    }

    /// Behind all changes that can ever be.
    static let end = ChangePosition(behind: Revision(rawValue: .max))

    public static func < (left: ChangePosition, right: ChangePosition) -> Bool {
        (left.revision, left.number) < (right.revision, right.number)
    }
}

extension ChangePosition: LosslessStringConvertible {
    /// - Returns: nil where `text` is neither `42` nor `42.3`.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isDigits = { (part: Substring) in
            !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        }
        guard parts.allSatisfy(isDigits), let first = parts.first, let revision = UInt64(first) else { return nil }
        guard parts.count > 1 else {
            self.init(behind: Revision(rawValue: revision))
            return
        }
        guard let number = UInt32(parts[1]), number < Self.wholeCommit else { return nil }
        self.init(revision: Revision(rawValue: revision), number: number)
    }

    public var description: String {
        number == Self.wholeCommit ? "\(revision)" : "\(revision).\(number)"
    }
}

extension ChangePosition {
    /// A big-endian revision and number, so that encoded places sort as the places do.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(revision.rawValue)
        bytes.appendBigEndian(number)
        return bytes
    }

    /// - Returns: nil where `bytes` end too early.
    init?(decoding bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        guard let revision = bytes.bigEndian(UInt64.self, at: offset),
            let number = bytes.bigEndian(UInt32.self, at: offset + 8)
        else { return nil }
        self.init(revision: Revision(rawValue: revision), number: number)
    }
}
