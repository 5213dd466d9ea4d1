import Storage

/// What must hold of a key's version for a request to be done (RFC 9110 §13.1.1, §13.1.2).
public struct Precondition: Hashable, Sendable {
    /// The versions that a condition names.
    public enum Versions: Hashable, Sendable {
        /// Every one: `*`.
        case any
        case listed(Set<Revision>)

        /// - Parameter revision: nil where there is no such key, which no condition names.
        func contains(_ revision: Revision?) -> Bool {
            guard let revision else { return false }
            return switch self {
            case .any: true
            case .listed(let revisions): revisions.contains(revision)
            }
        }
    }

    /// Which of the two does not hold.
    public enum Failure: Hashable, Sendable {
        /// The key has no version that If-Match names.
        case noMatch
        /// The key has a version that If-None-Match names.
        case match
    }

    /// What has a version, as a client is told.
    public enum Subject: String, Sendable {
        case key, script
    }

    public var ifMatch: Versions?
    public var ifNoneMatch: Versions?

    public init(ifMatch: Versions? = nil, ifNoneMatch: Versions? = nil) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }

    /// Holds always.
    public static let none = Precondition()

    /// Whether it holds whatever the version.
    public var isNone: Bool { ifMatch == nil && ifNoneMatch == nil }

    /// What does not hold of a key at `revision`, nil where there is no such key; If-Match is decided first (RFC 9110 §13.2.2).
    public func failure(at revision: Revision?) -> Failure? {
        if let ifMatch, !ifMatch.contains(revision) { return .noMatch }
        if let ifNoneMatch, ifNoneMatch.contains(revision) { return .match }
        return nil
    }

    /// - Throws: `conditionFailed`.
    func check(_ revision: Revision?, of subject: Subject = .key) throws(StoreError) {
        guard let failure = failure(at: revision) else { return }
        throw .conditionFailed(Self.message(failure, of: subject, at: revision), at: revision)
    }

    /// Why a condition failed, and what to do.
    public static func message(_ failure: Failure, of subject: Subject = .key, at revision: Revision?) -> String {
        let subject = subject.rawValue
        return switch (failure, revision) {
        case (.noMatch, let revision?):
            "the \(subject) is at version \(revision), which If-Match does not name; get it anew and decide again"
        case (.noMatch, nil):
            "there is no such \(subject), but If-Match asks for one; leave If-Match out to make it"
        case (.match, let revision?):
            "the \(subject) is at version \(revision), which If-None-Match rules out; get it and decide again"
        case (.match, nil):
            "If-None-Match rules this out"
        }
    }

    /// About what it takes in memory, in bytes.
    var size: Int { Self.size(ifMatch) + Self.size(ifNoneMatch) }

    private static func size(_ versions: Versions?) -> Int {
        if case .listed(let revisions) = versions { revisions.count * 16 } else { 0 }
    }
}
