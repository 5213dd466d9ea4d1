import LuaScripting

/// Keeps keys in memory, and stops or refuses where a test says so.
final class TestHost: ScriptHost {
    var values: [[UInt8]: ScriptValue] = [:]
    var refusal: ScriptRefusal?
    private(set) var lists: [ScriptListQuery] = []
    private(set) var tokens: [ScriptToken] = []
    private(set) var timesToLive: [Double?] = []

    private func check() throws(ScriptRefusal) {
        if let refusal { throw refusal }
    }

    func get(_ key: [UInt8]) throws(ScriptRefusal) -> ScriptValue? {
        try check()
        return values[key]
    }

    func set(_ key: [UInt8], to value: ScriptValue, timeToLive: Double?) throws(ScriptRefusal) {
        try check()
        values[key] = value
        timesToLive.append(timeToLive)
    }

    func increment(
        _ key: [UInt8], by difference: ScriptValue, timeToLive: Double?
    ) throws(ScriptRefusal) -> ScriptValue {
        try check()
        guard case .integer(let start) = values[key] ?? .integer(0), case .integer(let difference) = difference else {
            throw .raised("not a number")
        }
        let sum = ScriptValue.integer(start + difference)
        values[key] = sum
        timesToLive.append(timeToLive)
        return sum
    }

    func delete(_ key: [UInt8]) throws(ScriptRefusal) -> Bool {
        try check()
        return values.removeValue(forKey: key) != nil
    }

    func list(_ list: ScriptListQuery) throws(ScriptRefusal) -> [ScriptEntry] {
        try check()
        lists.append(list)
        return values.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, value in
            ScriptEntry(key: key, value: list.values ? value : nil)
        }
    }

    func makeAccessToken(_ token: ScriptToken) throws(ScriptRefusal) -> String {
        try check()
        tokens.append(token)
        return "token"
    }
}

/// Compiles and runs a source.
func run(
    _ source: String, variables: [(name: String, value: [UInt8])] = [], limits: ScriptLimits = ScriptLimits(),
    host: TestHost = TestHost()
) throws -> ScriptResult {
    let script = try CompiledScript(compiling: Array(source.utf8), name: "test", limits: limits)
    return script.run(
        CompiledScript.Input(variables: variables, time: 1_700_000_000, seed: (1, 2)), limits: limits, host: host)
}

/// What a source prints that must run to its end.
func output(
    _ source: String, variables: [(name: String, value: [UInt8])] = [], host: TestHost = TestHost()
) throws -> String {
    switch try run(source, variables: variables, host: host).outcome {
    case .finished(let answer): String(decoding: answer.output, as: UTF8.self)
    case let other: "\(other)"
    }
}
