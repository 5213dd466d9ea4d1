import ArgumentParser

/// Why a command can't do its work: one line that says what to do.
struct CommandFailure: Error, CustomStringConvertible {
    /// What scripts that call the program tell apart, as its exit code. What was typed wrong is code 64.
    enum Kind: Int32 {
        case other = 1
        /// There is no such bucket, key or script.
        case notFound = 2
        /// A condition or a check does not hold, and nothing was changed.
        case conditionFailed = 3
        /// A credential is missing, wrong or not enough.
        case refused = 4
        /// The server can't be reached, or has too much to do: later it may work.
        case unavailable = 5
    }

    let description: String
    let kind: Kind

    init(_ description: String, _ kind: Kind = .other) {
        self.description = description
        self.kind = kind
    }

    var exitCode: ExitCode { ExitCode(kind.rawValue) }
}

extension CommandFailure.Kind {
    /// What an answer with this status is, which is none of success (RFC 9110 §15).
    init(status: Int) {
        self =
            switch status {
            case 401, 403: .refused
            case 404, 410: .notFound
            case 412: .conditionFailed
            case 429, 502, 503, 504: .unavailable
            default: .other
            }
    }
}
