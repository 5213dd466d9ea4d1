import LuaSandbox

/// A Lua state for one run or compilation.
struct Sandbox: ~Copyable {
    private let handle: OpaquePointer

    /// Nil where there is no memory.
    init?(_ limits: ScriptLimits) {
        guard let handle = lua_sandbox_create(limits.sandboxLimits) else { return nil }
        self.handle = handle
    }

    deinit {
        lua_sandbox_destroy(handle)
    }

    /// Compiles `source`; `body` gets the program, which is valid only during the call.
    func compile<Result>(
        _ source: [UInt8], name: String, _ body: (borrowing LuaSandboxResult) -> Result
    ) -> Result {
        source.withUnsafeBytes { source in
            var result = LuaSandboxResult()
            lua_sandbox_compile(handle, LuaSandboxBytes(source), name, &result)
            return body(result)
        }
    }

    /// Runs what `run` points to; `body` gets the result, which is valid only during the call.
    func run<Result>(_ run: LuaSandboxRun, _ body: (borrowing LuaSandboxResult) -> Result) -> Result {
        withUnsafePointer(to: run) { run in
            var result = LuaSandboxResult()
            lua_sandbox_run(handle, run, &result)
            return body(result)
        }
    }
}

extension LuaSandboxBytes {
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(start: bytes.baseAddress, count: bytes.count)
    }

    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
    var array: [UInt8] { Array(buffer) }
    /// Invalid UTF-8 is repaired.
    var string: String { String(decoding: buffer, as: UTF8.self) }
}

extension LuaSandboxResult {
    /// Nil where the run has finished.
    var failure: ScriptResult.Outcome? {
        switch outcome {
        case LuaSandboxOutcomeFinished: nil
        case LuaSandboxOutcomeError: .failed(message.string)
        case LuaSandboxOutcomeTimeLimit: .exceeded(.cpuTime)
        case LuaSandboxOutcomeOutputLimit: .exceeded(.output)
        case LuaSandboxOutcomeStopped: .stopped
        default: .exceeded(.memory)
        }
    }

    var answer: ScriptAnswer {
        ScriptAnswer(
            status: Int(status),
            fields: UnsafeBufferPointer(start: fields, count: field_count).map { field in
                ScriptAnswer.Field(name: field.name.string, value: field.value.array)
            },
            output: output.array)
    }
}
