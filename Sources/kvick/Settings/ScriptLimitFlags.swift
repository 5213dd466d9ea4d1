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

    /// Those that are there, by name.
    var given: [String: String] {
        [
            ("script-cpu-time", scriptCpuTime), ("script-memory", scriptMemory), ("script-reads", scriptReads),
            ("script-writes", scriptWrites),
        ].reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}

extension ScriptLimits {
    /// - Throws: a `ValidationError` of one line, which names the flag, the variable or the file's line.
    init(_ sources: SettingSources) throws {
        self.init()
        cpuTime = try Setting("script-cpu-time", in: sources)
            .time(default: "100ms", from: .milliseconds(1), to: .seconds(10))
        // One instruction may go over all of it, which must not take long.
        memory = try Setting("script-memory", in: sources).size(default: memory, from: 1 << 20, to: 64 << 20).bytes
        reads = try Setting("script-reads", in: sources).count(default: reads, of: "keys", upTo: 100_000)
        writes = try Setting("script-writes", in: sources).count(default: writes, of: "writes", upTo: 100_000)
    }
}
