import Testing

@testable import LuaScripting

/// Nothing of one run is there in the next.
@Suite struct IsolationTests {
    /// Walks all that can be reached from the globals and prints it.
    private static let inventory = """
        local seen, lines = {}, {}
        local function walk(value, path)
            if type(value) ~= "table" then
                lines[#lines + 1] = path .. "=" .. tostring(value)
                return
            end
            if seen[value] then return end
            seen[value] = true
            lines[#lines + 1] = path .. " " .. tostring(getmetatable(value))
            local keys = {}
            for key in pairs(value) do keys[#keys + 1] = tostring(key) end
            table.sort(keys)
            for _, key in ipairs(keys) do walk(value[key], path .. "." .. key) end
        end
        walk(_G, "_G")
        lines[#lines + 1] = tostring(getmetatable("")) .. tostring(math.random(1000000))
        kvdb.print(table.concat(lines, "\\n"))
        """

    private static let vandal = """
        x = 1
        _G.y = {1}
        string.upper = function() return "mine" end
        table.insert = nil
        math.huge = 0
        json.null = "mine"
        kvdb.get = nil
        kvdb.var.left = "mine"
        kvdb.header.x = "mine"
        setmetatable(_G, {__index = function() return "mine" end})
        math.randomseed(42)
        local mt = {__index = {left = true}}
        setmetatable({}, mt)
        kvdb.print(("x"):rep(1000))
        """

    @Test func aRunSeesNothingOfTheOneBefore() throws {
        let before = try output(Self.inventory)
        #expect(before.contains("_G.kvdb.get=function") && before.utf8.count > 1000)
        for _ in 0..<3 {
            #expect(try output(Self.vandal).hasSuffix("x"))
            #expect(try output(Self.inventory) == before)
        }
    }

    @Test func aCompiledScriptKeepsNothing() throws {
        let limits = ScriptLimits()
        let script = try CompiledScript(
            compiling: Array("count = (count or 0) + 1 kvdb.print(count)".utf8), name: "test", limits: limits)
        for _ in 0..<3 {
            let result = script.run(
                CompiledScript.Input(variables: [], time: 0, seed: (1, 2)), limits: limits, host: TestHost())
            #expect(result.outcome == .finished(ScriptAnswer(status: 200, fields: [], output: Array("1".utf8))))
        }
    }

    @Test func noAddressIsShown() throws {
        let source = """
            local texts = {tostring({}), tostring(function() end), tostring(kvdb.get), tostring(json.null),
                string.format("%s", {}), select(2, pcall(error)) or "", select(2, pcall(function() return {} .. {} end)),
                select(2, pcall(function() return {} < {} end)), select(2, pcall(string.rep, {}))}
            kvdb.print(table.concat(texts, "\\n"))
            """
        let text = try output(source)
        #expect(text.contains("function") && !text.contains("0x"))
    }

    @Test func limitsAreThoseGiven() throws {
        var limits = ScriptLimits()
        limits.cpuTime = .milliseconds(10)
        let loop = try run("while true do end", limits: limits)
        #expect(loop.outcome == .exceeded(.cpuTime))
        #expect(loop.cpuTime >= .milliseconds(10) && loop.cpuTime < .milliseconds(20))
        limits.memory = 1 << 20
        #expect(try run("local s = ('x'):rep(600000) s = s .. 'y'", limits: limits).outcome == .exceeded(.memory))
        limits.output = 10
        #expect(try run("kvdb.print('0123456789')", limits: limits).outcome != .exceeded(.output))
        #expect(try run("kvdb.print('0123456789') kvdb.print('x')", limits: limits).outcome == .exceeded(.output))
    }
}
