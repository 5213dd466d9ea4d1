import ArgumentParser
import Testing

@testable import kvick

/// What stands on the command line of `kvick script`.
struct ScriptArgumentsTests {
    @Test(arguments: [
        (["b", "dir/hello.lua"], "hello", "dir/hello.lua"), (["b", "hello"], "hello", "hello"),
        (["b", "other", "hello.lua"], "other", "hello.lua"), (["b", "other", "-"], "other", "-"),
        (["b", "a.lua.lua"], "a.lua", "a.lua.lua"),
    ])
    func aScriptIsNamedByItsFileUnlessItIsNamed(_ arguments: [String], _ name: String, _ file: String) throws {
        let command = try parsed(PutScript.self, ["put"] + arguments)
        #expect(try command.upload() == (name, file))
        #expect(command.bucket.bucket.text == "b")
    }

    @Test func whatAScriptIsCalledWithMayStandAmongTheOptions() throws {
        let command = try parsed(
            RunScript.self, ["run", "b", "hello", "a=1", "--method", "post", "b=x=y", "-i", "c=-5", "d="])
        let call = try command.options.call()
        #expect(call.query == "a=1&b=x%3Dy&c=-5&d=")
        #expect(call.method == .post && call.body == nil && command.options.include)
        let bare = try parsed(RunScript.self, ["run", "b", "hello"]).options.call()
        #expect(bare.query == "" && bare.method == .get && bare.body == nil)
    }

    @Test func aNameAndAValueArePercentEncoded() throws {
        let parameter = try #require(Assignment(argument: "ä&b=1 2+3/%"))
        #expect(parameter.encoded == "%C3%A4%26b=1%202%2B3%2F%25")
    }

    @Test(arguments: [
        ["put", "b"], ["put", "b", "-"], ["put", "b", ""], ["put", "b", "n", "f", "x"], ["get", "b"], ["get", "", "n"],
        ["list", "http://127.0.0.1:8080/b"], ["run", "b", "n", "novalue"], ["run", "b", "n", "=v"],
        ["run", "b", "n", "--method", "PUT"], ["run", "b", "n", "--method", "GET", "--body", "f"],
        ["run", "b", "n", "--content-type", "text/plain"],
        ["run", "b", "n", "--body", "f", "--content-type", "a\nb"], ["run", "b", "n", "--key", "k"], ["nonsense"],
        ["test"], ["test", "f", "novalue"], ["test", "f", "--with", "novalue"], ["test", "f", "--times", "0"],
        ["test", "-", "--body", "-"], ["test", "f", "--key", "k"],
    ])
    func aCommandLineThatIsIncompleteOrUnknownIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { _ = try ScriptCommandLine.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        (["put", "b"], "Missing expected argument '<file>'"), (["put"], "Missing expected argument '<bucket>'"),
        (["run", "b", "n", "a=1", "--key", "secret"], "this takes no --key: anyone may run a script; leave it out"),
        (["test", "f", "--key", "secret"], "this takes no --key: anyone may run a script; leave it out"),
        (["run", "b", "n", "name"], "'name' is not a parameter; write name=value"),
        (["test", "f", "a=1", "=v"], "'=v' is not a parameter; write name=value"),
    ])
    func anErrorSaysWhatIsMissingOrTooMuch(_ arguments: [String], _ message: String) {
        let error = #expect(throws: (any Error).self) { _ = try ScriptCommandLine.parseAsRoot(arguments) }
        #expect(error.map(ScriptCommandLine.message) == message)
    }

    private func parsed<Command>(_ type: Command.Type, _ arguments: [String]) throws -> Command {
        try #require(try ScriptCommandLine.parseAsRoot(arguments) as? Command)
    }
}
