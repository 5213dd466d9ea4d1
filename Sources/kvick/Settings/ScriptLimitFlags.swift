import ArgumentParser
import LuaScripting

/// What a run of a script may use, as flags and the environment's variables say: `KVICK_SCRIPT_CPU_TIME`.
struct ScriptLimitFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The CPU time that a script may take, as 100ms or 1s, at most 10s. (default: 100ms)", valueName: "time"))
    var scriptCpuTime: String?

    @Option(help: ArgumentHelp("The memory that a script may take. (default: 16MiB)", valueName: "size"))
    var scriptMemory: String?

    @Option(
        help: ArgumentHelp("How many keys a script may read, 1 to 100000. (default: 1000)", valueName: "count"))
    var scriptReads: String?

    @Option(
        help: ArgumentHelp("How many times a script may write, 1 to 100000. (default: 1000)", valueName: "count"))
    var scriptWrites: String?

    /// - Throws: a `ValidationError` of one line, which names the flag or the variable.
    func limits() throws -> ScriptLimits {
        var limits = ScriptLimits()
        limits.cpuTime = try Setting("script-cpu-time", flag: scriptCpuTime)
            .value(default: limits.cpuTime, expecting: "a time from 1ms to 10s, as 100ms or 1s", Self.time)
        // One instruction may go over all of it, which must not take long.
        limits.memory = try Setting("script-memory", flag: scriptMemory)
            .size(default: limits.memory, from: 1 << 20, to: 64 << 20).bytes
        limits.reads = try Setting("script-reads", flag: scriptReads)
            .count(default: limits.reads, of: "keys", upTo: 100_000)
        limits.writes = try Setting("script-writes", flag: scriptWrites)
            .count(default: limits.writes, of: "writes", upTo: 100_000)
        return limits
    }

    private static func time(_ text: String) -> Duration? {
        let duration: Duration? =
            if text.hasSuffix("ms") {
                Int(text.dropLast(2)).map { .milliseconds($0) }
            } else if text.hasSuffix("s") {
                Int(text.dropLast()).map { .seconds($0) }
            } else {
                nil
            }
        guard let duration, (.milliseconds(1)...(.seconds(10))).contains(duration) else { return nil }
        return duration
    }
}
