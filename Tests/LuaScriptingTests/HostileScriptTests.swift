import FoundationEssentials
import LuaScripting
import Testing

/// Scripts that try to run for ever, to take all memory, or to get out. Each says in its first line how it must end.
@Suite struct HostileScriptTests {
    struct HostileScript: Sendable, CustomTestStringConvertible {
        let name: String
        let source: [UInt8]
        let ends: Set<String>

        var testDescription: String { name }
    }

    static let scripts: [HostileScript] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Hostile").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            guard name.hasSuffix(".lua"), let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                return nil
            }
            let text = String(decoding: data, as: UTF8.self)
            let ends = text.prefix { $0 != "\n" }.dropFirst("-- ends: ".count)
            return HostileScript(
                name: name, source: Array(data),
                ends: Set(ends.split(separator: ",").map { $0.filter { $0 != " " } }))
        }
    }()

    @Test func theScriptsAreThere() {
        #expect(Self.scripts.count > 100)
    }

    @Test(arguments: scripts)
    func endsWithinTwiceItsLimit(_ script: HostileScript) throws {
        let limits = ScriptLimits()
        let start = ContinuousClock.now
        let end: String
        do throws(CompiledScript.CompileError) {
            let compiled = try CompiledScript(compiling: script.source, name: script.name, limits: limits)
            let result = compiled.run(
                CompiledScript.Input(variables: [], time: 1_700_000_000, seed: (1, 2)), limits: limits, host: TestHost()
            )
            end = Self.end(result.outcome)
            #expect(result.cpuTime < limits.cpuTime * 2)
            #expect(result.memoryPeak <= limits.memory)
        } catch {
            switch error {
            case .invalid: end = "error"
            case .exceeded(let limit): end = Self.end(.exceeded(limit))
            }
        }
        #expect(script.ends.contains(end), "it ended with \(end)")
        // Closing what it made counts, too, but other tests may take the thread's time.
        #expect(ContinuousClock.now - start < limits.cpuTime * 50)
    }

    private static func end(_ outcome: ScriptResult.Outcome) -> String {
        switch outcome {
        case .finished: "finished"
        case .failed: "error"
        case .exceeded(.cpuTime): "time"
        case .exceeded(.memory): "memory"
        case .exceeded(.output): "output"
        case .stopped: "stopped"
        }
    }
}
