import Testing

@testable import LuaScripting

/// What passes between a script and its host.
@Suite struct HostTests {
    @Test func keysAreReadAndWritten() throws {
        let host = TestHost()
        host.values[Array("n".utf8)] = .integer(41)
        host.values[Array("f".utf8)] = .number(1.5)
        host.values[Array("s".utf8)] = .bytes([0, 255])
        let source = """
            assert(kvdb.get("n") == 41 and math.type(kvdb.get("n")) == "integer")
            assert(kvdb.get("f") == 1.5 and kvdb.get("s") == "\\0\\255" and kvdb.get("none") == nil)
            kvdb.set("a", "text")
            kvdb.set("b", 2, {ttl = 60})
            kvdb.set(7, 2.5, {ttl = 0.5})
            assert(kvdb.incr("n") == 42 and kvdb.incr("n", 8, {ttl = 1}) == 50)
            assert(kvdb.delete("f") == true and kvdb.delete("f") == false)
            kvdb.print("done")
            """
        #expect(try output(source, host: host) == "done")
        #expect(host.values[Array("a".utf8)] == .bytes(Array("text".utf8)))
        #expect(host.values[Array("7".utf8)] == .number(2.5))
        #expect(host.values[Array("n".utf8)] == .integer(50))
        #expect(host.timesToLive == [nil, 60, 0.5, nil, 1])
    }

    @Test func listsAreArrays() throws {
        let host = TestHost()
        host.values = [Array("a".utf8): .integer(1), Array("b".utf8): .bytes([]), Array("c".utf8): .number(0.5)]
        let source = """
            kvdb.print(json.encode(kvdb.list()))
            kvdb.print(json.encode(kvdb.list{prefix = "p", after = "a", limit = 5, skip = 2, reverse = true, values = true}))
            """
        #expect(try output(source, host: host) == #"["a","b","c"][["a",1],["b",""],["c",0.5]]"#)
        #expect(
            host.lists.last
                == ScriptListQuery(
                    prefix: Array("p".utf8), after: Array("a".utf8), limit: 5, skip: 2, reverse: true, values: true))
        host.values = [:]
        #expect(try output("kvdb.print(json.encode(kvdb.list{}))", host: host) == "[]")
    }

    @Test func aTokenIsAskedForByPrefixPermissionsAndTime() throws {
        let host = TestHost()
        let source = #"kvdb.print(kvdb.access_token{prefix = "u:", permissions = {"read", "enumerate"}, ttl = 60})"#
        #expect(try output(source, host: host) == "token")
        #expect(
            host.tokens
                == [ScriptToken(prefix: Array("u:".utf8), permissions: ["read", "enumerate"], lifetime: 60)])
        host.refusal = .returned("no signing_key")
        #expect(
            try output(#"kvdb.print(kvdb.access_token{permissions = {"read"}})"#, host: host) == "nilno signing_key")
    }

    @Test(arguments: [
        #"kvdb.get()"#, #"kvdb.get({})"#, #"kvdb.set("a")"#, #"kvdb.set("a", {})"#, #"kvdb.set("a", true)"#,
        #"kvdb.set("a", 1, 60)"#, #"kvdb.set("a", 1, {ttl = -1})"#, #"kvdb.set("a", 1, {ttl = "x"})"#,
        #"kvdb.set("a", 1, {ttl = 0 / 0})"#, #"kvdb.incr("a", "1")"#, #"kvdb.list{limit = 1.5}"#,
        #"kvdb.list{prefix = 1}"#, #"kvdb.set("a", 1, {tll = 1})"#, #"kvdb.list{limt = 1}"#, #"kvdb.list{"p"}"#,
        #"kvdb.access_token{}"#, #"kvdb.access_token{permissions = {1}}"#, #"kvdb.redirect("a b")"#,
        #"kvdb.redirect("/", 200)"#, #"kvdb.exit(99)"#, #"kvdb.exit(600)"#,
    ])
    func wrongArgumentsRaise(_ call: String) throws {
        guard case .failed(let message) = try run(call).outcome else {
            Issue.record("\(call) did not fail")
            return
        }
        #expect(message.hasPrefix("test:1: "))
    }

    @Test func aRefusalMayBeCaughtButAStopMayNot() throws {
        let host = TestHost()
        host.refusal = .raised("forbidden: not yours")
        #expect(
            try output("kvdb.print(select(2, pcall(function() kvdb.get('a') end)))", host: host)
                == "test:1: forbidden: not yours")
        host.refusal = .stopped
        for source in [
            "pcall(kvdb.get, 'a')", "while true do xpcall(kvdb.get, function() end, 'a') end", "kvdb.get('a')",
        ] {
            #expect(try run(source, host: host).outcome == .stopped)
        }
    }

    @Test func aScriptAnswersWithStatusFieldsAndOutput() throws {
        let source = """
            kvdb.status = 404
            kvdb.header["content-type"] = "text/html"
            kvdb.header["X-Count"] = 3
            kvdb.print("a", 1, true, nil)
            kvdb.say("b")
            """
        let expected = ScriptAnswer(
            status: 404,
            fields: [
                ScriptAnswer.Field(name: "X-Count", value: Array("3".utf8)),
                ScriptAnswer.Field(name: "content-type", value: Array("text/html".utf8)),
            ], output: Array("a1truenilb\n".utf8))
        #expect(try run(source).outcome == .finished(expected))
    }

    @Test func exitAndRedirectEndTheScript() throws {
        let left = try run("kvdb.say('x') pcall(kvdb.exit, 201) kvdb.say('never')")
        #expect(left.outcome == .finished(ScriptAnswer(status: 201, fields: [], output: Array("x\n".utf8))))
        let unsaid = try run("kvdb.status = 403 kvdb.exit()")
        #expect(unsaid.outcome == .finished(ScriptAnswer(status: 403, fields: [], output: [])))
        for source in ["kvdb.redirect('/y', 301)", "kvdb.header = {} kvdb.redirect('/y', 301)"] {
            let field = ScriptAnswer.Field(name: "location", value: Array("/y".utf8))
            #expect(try run(source).outcome == .finished(ScriptAnswer(status: 301, fields: [field], output: [])))
        }
    }

    @Test func variablesAreStringsAndTheLastOfANameCounts() throws {
        let variables: [(name: String, value: [UInt8])] = [
            ("name", Array("a".utf8)), ("name", Array("b".utf8)), ("binary", [0, 255]), ("", []),
        ]
        let source = "kvdb.print(kvdb.var.name, #kvdb.var.binary, kvdb.var.none, kvdb.var[''] == '')"
        #expect(try output(source, variables: variables) == "b2niltrue")
    }

    @Test func errorsNameScriptAndLine() throws {
        #expect(
            try run("\n\nlocal x = nil + 1").outcome == .failed("test:3: attempt to perform arithmetic on a nil value"))
        #expect(try run("error('mine', 0)").outcome == .failed("mine"))
        #expect(try run("error({})").outcome == .failed("a table was raised as an error; raise a string"))
        #expect(throws: CompiledScript.CompileError.invalid("test:2: unexpected symbol near ')'")) {
            try run("local a =\n)")
        }
    }

    @Test func bytecodeIsRefused() throws {
        #expect(throws: CompiledScript.CompileError.self) { try run("\u{1B}Lua") }
    }
}
