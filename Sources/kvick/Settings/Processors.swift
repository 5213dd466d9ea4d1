import FoundationEssentials
import NIOCore

/// The processors that this process may run on.
enum Processors {
    /// At least 1. Unlike the machine's number it heeds `taskset` and a container's set of processors.
    static var count: Int {
        // On Linux the kernel tells the set as hexadecimal digits, as `Cpus_allowed: ff` (proc_pid_status(5)).
        let mask = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?
            .split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }?
            .dropFirst("Cpus_allowed:".count)
        let allowed = mask?.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
        return max(1, min(allowed ?? .max, System.coreCount))
    }
}
