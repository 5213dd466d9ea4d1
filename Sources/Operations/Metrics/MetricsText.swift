import NIOCore
import Statistics

/// Writes metrics in the text format of Prometheus, version 0.0.4 (Prometheus documentation, "Exposition formats").
struct MetricsText {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var buffer = ByteBuffer()

    init(_ families: [MetricFamily]) {
        for family in families where !family.samples.isEmpty { write(family) }
    }

    private mutating func write(_ family: MetricFamily) {
        let help = family.help.replacing("\\", with: #"\\"#).replacing("\n", with: #"\n"#)
        buffer.writeString("# HELP \(family.name) \(help)\n# TYPE \(family.name) \(family.kind.rawValue)\n")
        for sample in family.samples {
            switch sample.value {
            case .number(let number): write(family.name, sample.labels, number)
            case .histogram(let histogram, let unitsPerOne):
                write(family.name, sample.labels, histogram, unitsPerOne)
            }
        }
    }

    /// Each bucket with all below it, then the sum and the count.
    private mutating func write(
        _ name: String, _ labels: [MetricFamily.Label], _ histogram: Histogram, _ unitsPerOne: Double
    ) {
        var count: UInt64 = 0
        for (index, bucket) in histogram.counts.enumerated() {
            count &+= bucket
            let bound =
                index < histogram.bounds.count ? Self.text(Double(histogram.bounds[index]) / unitsPerOne) : "+Inf"
            write(name + "_bucket", labels + [("le", bound)], Double(count))
        }
        write(name + "_sum", labels, Double(histogram.sum) / unitsPerOne)
        write(name + "_count", labels, Double(count))
    }

    private mutating func write(_ name: String, _ labels: [MetricFamily.Label], _ value: Double) {
        buffer.writeString(name)
        for (index, label) in labels.enumerated() {
            buffer.writeStaticString(index == 0 ? "{" : ",")
            buffer.writeString("\(label.name)=\"\(Self.escaped(label.value))\"")
        }
        if !labels.isEmpty { buffer.writeStaticString("}") }
        buffer.writeString(" \(Self.text(value))\n")
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#).replacing("\n", with: #"\n"#)
    }

    /// A number as Go reads it: a whole one without a fraction.
    private static func text(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: number).map(String.init) ?? "\(number)"
    }
}
