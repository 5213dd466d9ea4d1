import ArgumentParser

/// Why a command can't do its work: one line that says what to do.
struct CommandFailure: Error, CustomStringConvertible {
    /// What scripts that call the program tell apart, as its exit code. What was typed wrong is code 64.
    enum Kind {
        case other
        /// There is no such bucket, key or script.
        case notFound
        /// A condition or a check does not hold, and nothing was changed.
        case conditionFailed
        /// A credential is missing, wrong or not enough.
        case refused
        /// The server can't be reached, or has too much to do: later it may work.
        case unavailable
        /// Who answers is not known to be the server. For scripts that is as `unavailable`.
        case untrusted
    }

    let description: String
    let kind: Kind

    init(_ description: String, _ kind: Kind = .other) {
        self.description = description
        self.kind = kind
    }

    var exitCode: ExitCode {
        switch kind {
        case .other: ExitCode(1)
        case .notFound: ExitCode(2)
        case .conditionFailed: ExitCode(3)
        case .refused: ExitCode(4)
        case .unavailable, .untrusted: ExitCode(5)
        }
    }
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
