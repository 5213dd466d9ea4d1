import Statistics

/// A metric of Prometheus with all its samples.
public struct MetricFamily: Sendable {
    public enum Kind: String, Sendable {
        /// Only grows, from the start of the process; its name ends in `_total`.
        case counter
        case gauge
        case histogram
    }

    public typealias Label = (name: String, value: String)

    struct Sample: Sendable {
        enum Value: Sendable {
            case number(Double)
            /// What it counts, and how many of its units make one of the metric's.
            case histogram(Histogram, unitsPerOne: Double)
        }

        let labels: [Label]
        let value: Value
    }

    let name: String
    let help: String
    let kind: Kind
    let samples: [Sample]

    /// A metric without labels; none where `value` is nil.
    ///
    /// - Parameters:
    ///   - name: letters, digits and `_`, with its base unit at the end, as `_seconds` or `_bytes`.
    ///   - help: one line.
    public init?(_ kind: Kind, _ name: String, _ help: String, _ value: Double?) {
        guard let value else { return nil }
        self.init(kind, name, help, [([], value)])
    }

    /// A metric with a sample for each set of labels, which have the same names in the same order.
    public init(_ kind: Kind, _ name: String, _ help: String, _ samples: [([Label], Double)]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples.map { Sample(labels: $0, value: .number($1)) }
    }

    /// A histogram for each set of labels.
    ///
    /// - Parameter unitsPerOne: how many of the units of the values make one of the metric's, as 1e9 for nanoseconds.
    public init(
        _ name: String, _ help: String, unitsPerOne: Double = 1, _ samples: [([Label], Histogram)]
    ) {
        self.name = name
        self.help = help
        kind = .histogram
        self.samples = samples.map { Sample(labels: $0, value: .histogram($1, unitsPerOne: unitsPerOne)) }
    }
}
