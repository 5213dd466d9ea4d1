import LuaScripting
import Testing

/// The functions that scripts get, each as the Lua 5.4 reference manual says where it is Lua's own.
@Suite struct LibraryTests {
    private static let cases: [(String, String)] = [
        // Patterns (§6.4.1).
        (#"("x=1, y=2"):gsub("(%w+)=(%w+)", "%2=%1")"#, "1=x, 2=y\t2"),
        (#"("hello world"):find("o w")"#, "5\t7"),
        (#"("hello"):find("l+")"#, "3\t4"),
        (#"("hello"):find("xyz", 1, true)"#, "nil"),
        (#"("a.b"):find(".", 2, true)"#, "2\t2"),
        (#"("key = value"):match("^(%w+)%s*=%s*(%w+)$")"#, "key\tvalue"),
        (#"("  trim  "):match("^%s*(.-)%s*$")"#, "trim"),
        (#"("f(a(b)c)d"):match("%b()")"#, "(a(b)c)"),
        (#"("THE (quick) fox"):find("%((%a+)%)")"#, "5\t11\tquick"),
        (#"("hello"):match("()ll()")"#, "3\t5"),
        (#"("THE (quick) fox"):gsub("%f[%a]%a+", string.lower)"#, "the (quick) fox\t3"),
        (#"("abc"):gsub("", "-")"#, "-a-b-c-\t4"),
        (#"("abc"):gsub("%w", {a = "1", b = true})"#, "error"),
        (#"("abc"):gsub("%w", {a = "1", b = false})"#, "1bc\t3"),
        (#"("hello world"):gsub("o", "0", 1)"#, "hell0 world\t1"),
        (#"("abcabc"):match("(%w)(%w)(%w)%1%2%3")"#, "a\tb\tc"),
        (#"("a]b"):match("[]]")"#, "]"),
        (#"("a-z"):gsub("[a%-z]", "x")"#, "xxx\t3"),
        (#"("x"):match("[^%s]")"#, "x"),
        (#"("abc"):match(".-", -1)"#, ""),
        (#"("abc"):find("b", -10)"#, "2\t2"),
        (#"("abc"):find("", 10)"#, "nil"),
        (#"("abc"):match("(")"#, "error"),
        (#"("abc"):gsub("a", "%2")"#, "error"),
        // Strings (§6.4).
        (#"("ab"):rep(3, "-")"#, "ab-ab-ab"),
        (#"("x"):rep(0), (""):rep(5), ("x"):rep(-1)"#, "\t\t"),
        (#"string.format("%5.1f|%-4s|%d|%x|%q", 2.25, "a", 7, 255, "\n")"#, "  2.2|a   |7|ff|\"\\\n\""),
        (#"string.format("%s %s %s", {}, print, json.null)"#, "table nil null"),
        (#"string.format("%%%s%%", "x")"#, "%x%"),
        (#"("abc"):upper(), ("ABC"):lower(), ("abc"):reverse(), #"abc""#, "ABC\tabc\tcba\t3"),
        (#"("abc"):byte(1, -1)"#, "97\t98\t99"),
        (#"string.char(104, 105)"#, "hi"),
        (#"string.unpack("<i4", string.pack("<i4", -2))"#, "-2\t5"),
        (#""10" + 1, 10 .. """#, "11\t10"),
        // Tables (§6.6).
        (#"table.concat({1, 2, 3}, ", ")"#, "1, 2, 3"),
        (#"table.concat({1, {}, 3})"#, "error"),
        (
            #"select(2, pcall(table.concat, {1, {}}))"#,
            "invalid value (table) at index 2 in table for 'concat'"
        ),
        (#"table.unpack({1, 2, nil, 4}, 1, 4)"#, "1\t2\tnil\t4"),
        (#"table.concat(table.move({1, 2, 3}, 1, 3, 2), ",")"#, "1,1,2,3"),
        (#"table.concat(table.move({1, 2, 3}, 2, 3, 1), ",")"#, "2,3,3"),
        (#"table.pack(1, nil, 3).n"#, "3"),
        (##"select("#", table.remove({}))"##, "1"),
        (#"table.remove({1, 2, 3}, 1)"#, "1"),
        (#"table.remove({1}, 5)"#, "error"),
        (#"table.insert({1}, 5, 1)"#, "error"),
        // Base (§6.1).
        (
            #"tostring(nil), tostring(true), tostring(1.5), tostring({}), tostring(pcall)"#,
            "nil\ttrue\t1.5\ttable\tfunction"
        ),
        (#"tostring(setmetatable({}, {__tostring = function() return "me" end}))"#, "me"),
        (#"tostring(setmetatable({}, {__name = "Thing"}))"#, "Thing"),
        (#"pcall(error, "x", 0)"#, "false\tx"),
        (#"pcall(function(...) return ... end, 1, 2)"#, "true\t1\t2"),
        (#"xpcall(function(a) error(a, 0) end, function(m) return "handled " .. m end, "x")"#, "false\thandled x"),
        (#"xpcall(function(...) return ... end, print or tostring, 1, 2)"#, "true\t1\t2"),
        (#"xpcall(error, function(m) return m, 2 end, "x", 0)"#, "false\tx"),
        (#"getmetatable("")"#, "false"),
        (#"getmetatable(setmetatable({}, {__metatable = "no"}))"#, "no"),
        (#"setmetatable(setmetatable({}, {__metatable = "no"}), {})"#, "error"),
        (#"setmetatable({}, {__index = {x = 1}}).x"#, "1"),
        (#"setmetatable({}, {__index = setmetatable({}, {__index = {x = 1}})}).x"#, "1"),
        (#"#setmetatable({}, {__call = function() return 1 end})"#, "0"),
        (#"setmetatable({}, {__call = function(_, a) return a end})(7)"#, "7"),
        (
            #"load, loadfile, dofile, require, package, debug, io, coroutine, collectgarbage, print, warn"#,
            "nil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil"
        ),
        (#"string.dump, os.execute, os.exit, os.getenv, os.remove, os.setlocale"#, "nil\tnil\tnil\tnil\tnil\tnil"),
        (#"_VERSION, _G == _ENV"#, "Lua 5.4\ttrue"),
        // Numbers, UTF-8 and time (§6.5, §6.7, §6.9).
        (#"math.floor(2.7), math.max(1, 5), math.type(1), 7 // 2, 2^10"#, "2\t5\tinteger\t3\t1024.0"),
        (#"utf8.len("héllo"), utf8.char(233), utf8.codepoint("é")"#, "5\té\t233"),
        (#"os.time(), os.date("!%Y-%m-%d %H:%M:%S"), os.date("!%Y", 0)"#, "1700000000\t2023-11-14 22:13:20\t1970"),
        (#"os.clock() >= 0 and os.clock() < 1"#, "true"),
        // JSON.
        (#"json.encode({b = {1, 2.5, "x\n"}, a = true, c = json.null})"#, #"{"a":true,"b":[1,2.5,"x\n"],"c":null}"#),
        (#"json.encode({}), json.encode(json.array()), json.encode(json.decode("[]"))"#, "{}\t[]\t[]"),
        (#"json.encode({[1] = "a", [3] = "b"})"#, #"{"1":"a","3":"b"}"#),
        (
            #"json.encode(0.1), json.encode(1e300), json.encode(3.0), json.encode(1 << 62)"#,
            "0.1\t1e+300\t3\t4611686018427387904"
        ),
        (#"json.encode(-0.0), json.encode(json.decode("-0.0"))"#, "-0.0\t-0.0"),
        (#"json.encode({[1] = "a", ["1"] = "b", x = 1})"#, "error"),
        (#"json.encode(1 / 0)"#, "error"),
        (#"json.encode(function() end)"#, "error"),
        (#"json.encode("\xff")"#, "error"),
        (#"json.decode('{"a":[1,{"b":null}],"c":"\\u00e9\\ud83d\\ude00"}').c"#, "é😀"),
        (#"json.decode(' [1, -2.5e3, true] ')[2]"#, "-2500.0"),
        (#"json.decode("null") == json.null"#, "true"),
        (#"json.decode("[1,]")"#, "error"), (#"json.decode("01")"#, "error"), (#"json.decode("")"#, "error"),
        (#"json.decode('"\\ud800"')"#, "error"), (#"json.decode("[1] x")"#, "error"),
        // Texts.
        (#"crypto.sha256("abc"):byte(1, 3)"#, "186\t120\t22"),
        (
            #"#crypto.hmac_sha256("key", "message"), base64.encode(crypto.hmac_sha256("key", "message"))"#,
            "32\tbp7ym3X//Ft6uuUn1Y/a2y/kLnIZARl2kXNDBl9Y7Uo="
        ),
        (#"base64.encode("\0\255x"), base64.decode("AP94") == "\0\255x""#, "AP94\ttrue"),
        (#"base64.decode("?")"#, "nil\tthis is not base64 (RFC 4648 §4, with padding)"),
        (#"url.encode("a b/é~"), url.decode("a%20b+c%2F")"#, "a%20b%2F%C3%A9~\ta b c/"),
        (#"url.decode("%4")"#, "nil\ta % is not followed by two hexadecimal digits"),
    ]

    @Test(arguments: cases)
    func givesWhatTheManualSays(_ expression: String, _ expected: String) throws {
        let source = """
            local t = table.pack(pcall(function() return \(expression) end))
            if not t[1] then return kvdb.print("error") end
            for i = 2, t.n do kvdb.print(i > 2 and "\\t" or "", t[i]) end
            """
        #expect(try output(source) == expected)
    }

    @Test func sortsStablyAndByAnyOrder() throws {
        let source = """
            local t = {}
            for i = 1, 300 do t[i] = {key = i * 7919 % 10, place = i} end
            table.sort(t, function(a, b) return a.key < b.key end)
            for i = 2, #t do
                assert(t[i - 1].key < t[i].key or t[i - 1].key == t[i].key and t[i - 1].place < t[i].place)
            end
            local words = {"b", "", "a", "B", "ab"}
            table.sort(words)
            kvdb.print(table.concat(words, ","))
            assert(not pcall(table.sort, {1, "x", 2}))
            """
        #expect(try output(source) == ",B,a,ab,b")
    }

    @Test func aFailingComparatorLeavesTheArrayAsItWas() throws {
        let source = """
            local t = {3, 1, 2}
            pcall(table.sort, t, function() error("no") end)
            kvdb.print(table.concat(t, ","))
            """
        #expect(try output(source) == "3,1,2")
    }

    @Test func randomNumbersAreThoseOfTheSeed() throws {
        let source = "kvdb.print(math.random(1, 1000000), ' ', math.random())"
        let first = try output(source)
        #expect(try output(source) == first)
        let script = try CompiledScript(compiling: Array(source.utf8), name: "test", limits: ScriptLimits())
        let other = script.run(
            CompiledScript.Input(variables: [], time: 0, seed: (3, 4)), limits: ScriptLimits(), host: TestHost())
        guard case .finished(let answer) = other.outcome else {
            Issue.record("\(other.outcome)")
            return
        }
        #expect(String(decoding: answer.output, as: UTF8.self) != first)
    }

    @Test(arguments: ["__gc", "__mode", "__close", "__len"])
    func metamethodsThatLuaCallsUnseenAreRefused(_ event: String) throws {
        let refused = try output("kvdb.print((select(2, pcall(setmetatable, {}, {\(event) = 'k'}))))")
        #expect(refused == "'\(event)' can't be used in scripts; take it out of the metatable")
        let later = """
            local mt = {}
            local t = setmetatable({1}, mt)
            mt.\(event) = function() return 7 end
            kvdb.print(#t, ' ', getmetatable(t) == mt, ' ', pcall(setmetatable, {}, mt))
            """
        #expect(try output(later) == "1 true false'\(event)' can't be used in scripts; take it out of the metatable")
    }
}
