import LuaSandbox

/// A compiled script, which can be run any number of times, on any thread.
public struct CompiledScript: Sendable {
    /// Why a source is no script.
    public enum CompileError: Error, Equatable {
        /// `NAME:LINE: reason`
        case invalid(String)
        case exceeded(ScriptLimit)
    }

    /// What a run is told, and nothing else.
    public struct Input: Sendable {
        /// `kvdb.var`; of two with one name the last counts.
        public var variables: [(name: String, value: [UInt8])]
        /// What `os.time()` gives, in seconds since 1970.
        public var time: Int64
        /// Of `math.random`: a run with the same one gets the same numbers.
        public var seed: (UInt64, UInt64)

        public init(variables: [(name: String, value: [UInt8])], time: Int64, seed: (UInt64, UInt64)) {
            self.variables = variables
            self.time = time
            self.seed = seed
        }
    }

    /// As Lua keeps it; nobody else may make one, for Lua trusts it.
    private let program: [UInt8]

    /// Compiles a source, which must be text.
    ///
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - limits: of time and memory hold for the compilation, too.
    public init(compiling source: [UInt8], name: String, limits: ScriptLimits) throws(CompileError) {
        guard let sandbox = Sandbox(limits) else { throw .exceeded(.memory) }
        let result: Result<[UInt8], CompileError> = sandbox.compile(source, name: name) { result in
            switch result.failure {
            case nil: .success(result.output.array)
            case .failed(let message): .failure(.invalid(message))
            case .exceeded(let limit): .failure(.exceeded(limit))
            case .finished, .stopped: .failure(.exceeded(.memory))
            }
        }
        program = try result.get()
    }

    /// About how much memory it takes, in bytes.
    public var size: Int { program.count }

    /// Runs it in a fresh environment. Takes as long as the limits allow, and blocks where the host does.
    public func run(_ input: Input, limits: ScriptLimits, host: any ScriptHost) -> ScriptResult {
        guard let sandbox = Sandbox(limits) else {
            return ScriptResult(outcome: .exceeded(.memory), cpuTime: .zero, memoryPeak: 0)
        }
        let bridge = HostBridge(host)
        return withExtendedLifetime(bridge) {
            program.withUnsafeBytes { program in
                SandboxVariables(input.variables).withUnsafeVariables { variables in
                    let run = LuaSandboxRun(
                        program: LuaSandboxBytes(program), variables: variables.baseAddress,
                        variable_count: variables.count, time: input.time, seed: input.seed, host: HostBridge.call,
                        context: Unmanaged.passUnretained(bridge).toOpaque())
                    return sandbox.run(run) { result in
                        ScriptResult(
                            outcome: result.failure ?? .finished(result.answer),
                            cpuTime: .nanoseconds(Int64(clamping: result.cpu_time)), memoryPeak: result.memory_peak)
                    }
                }
            }
        }
    }
}

/// A run's variables as one stretch of bytes, so that the sandbox can point into it.
private struct SandboxVariables {
    private var bytes: [UInt8] = []
    /// Where each name and each value ends, by turns.
    private var ends: [Int] = []

    init(_ variables: [(name: String, value: [UInt8])]) {
        for (name, value) in variables {
            bytes += name.utf8
            ends.append(bytes.count)
            bytes += value
            ends.append(bytes.count)
        }
    }

    func withUnsafeVariables<Result>(_ body: (UnsafeBufferPointer<LuaSandboxVariable>) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            var start = 0
            var pieces = ends.map { end in
                defer { start = end }
                return LuaSandboxBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }[...]
            var variables: [LuaSandboxVariable] = []
            while let name = pieces.popFirst(), let value = pieces.popFirst() {
                variables.append(LuaSandboxVariable(name: name, value: value))
            }
            return variables.withUnsafeBufferPointer(body)
        }
    }
}
