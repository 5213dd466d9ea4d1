import HTTPAPI
import KeyValueStore

/// What a check found, as it is printed.
struct ReportText {
    private let report: StoreReport
    private let target: String
    private let duration: Duration

    init(_ report: StoreReport, of target: String, duration: Duration) {
        self.report = report
        self.target = target
        self.duration = duration
    }

    /// A line for each problem, then what was counted.
    var lines: String {
        var lines = report.problems.map { "problem: \($0.place): \($0.text)" }
        let untold = report.problemCount - report.problems.count
        if untold > 0 { lines.append("problem: \(untold) more are not told of") }
        lines += [
            "\(target) at revision \(report.revision)",
            "  buckets    \(report.buckets)",
            "  databases  \(report.databases)",
            "  keys       \(report.keys)\(report.expiredKeys > 0 ? ", \(report.expiredKeys) of them expired" : "")",
            "  scripts    \(report.scripts)",
            "  history    \(report.changes) changes",
            "  garbage    \(report.garbage) records to be cleared away",
            "  size       \(ByteSize(bytes: report.size).rounded)",
        ]
        let problems =
            switch report.problemCount {
            case 0: "no problems"
            case 1: "1 problem"
            default: "\(report.problemCount) problems"
            }
        lines.append("\(problems), in \((seconds * 10).rounded() / 10) s")
        return lines.map { $0 + "\n" }.joined()
    }

    var json: String {
        let counts: [(StaticString, Int)] = [
            ("buckets", report.buckets), ("databases", report.databases), ("keys", report.keys),
            ("expired_keys", report.expiredKeys), ("scripts", report.scripts), ("changes", report.changes),
            ("garbage", report.garbage), ("size", report.size), ("milliseconds", Int(seconds * 1000)),
            ("problem_count", report.problemCount),
        ]
        var json = JSONWriter()
        json.raw(#"{"revision":"#)
        json.string(report.revision)
        for (name, count) in counts {
            json.raw(",")
            json.string("\(name)")
            json.raw(":")
            json.integer(Int64(count))
        }
        json.raw(#","problems":["#)
        for (index, problem) in report.problems.enumerated() {
            if index > 0 { json.raw(",") }
            json.raw(#"{"place":"#)
            json.string(problem.place)
            json.raw(#","problem":"#)
            json.string(problem.text)
            json.raw("}")
        }
        json.raw("]}\n")
        return String(buffer: json.buffer)
    }

    private var seconds: Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
