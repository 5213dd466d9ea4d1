/// What a script answers.
public struct ScriptAnswer: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: [UInt8]
    }

    /// 200 to 599.
    public var status: Int
    /// In byte order of their names. Names are tokens and values have no control characters but tabs (RFC 9110 §5).
    public var fields: [Field]
    public var output: [UInt8]
}

/// Which of its limits a script went over.
public enum ScriptLimit: Sendable, Equatable {
    case cpuTime
    case memory
    case output
}

/// How a run ended, and what it took.
public struct ScriptResult: Sendable {
    public enum Outcome: Sendable, Equatable {
        case finished(ScriptAnswer)
        /// With an error that the script did not catch: `NAME:LINE: reason`.
        case failed(String)
        case exceeded(ScriptLimit)
        /// The host stopped it.
        case stopped
    }

    public var outcome: Outcome
    public var cpuTime: Duration
    /// The most that it held at once, in bytes.
    public var memoryPeak: Int
}
