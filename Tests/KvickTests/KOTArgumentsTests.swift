import Testing

@testable import kvick

/// The order in which KOT's users write a command line.
struct KOTArgumentsTests {
    @Test func optionsBeforeTheCommandMoveBehindIt() {
        #expect(
            KOTArguments.arranged(["--name", "db", "set", "k", "v", "--encryption_key", "s"])
                == ["set", "--name=db", "--encryption_key=s", "k", "v"])
        #expect(KOTArguments.arranged(["--name=db", "get", "k"]) == ["get", "--name=db", "k"])
    }

    @Test func aSwitchTakesATruthValueWhereOneFollows() {
        #expect(KOTArguments.arranged(["set", "--compress", "True", "k"]) == ["set", "--compress=True", "k"])
        #expect(KOTArguments.arranged(["set", "--compress", "false", "k"]) == ["set", "--compress=false", "k"])
        #expect(KOTArguments.arranged(["set", "--compress", "k"]) == ["set", "--compress=True", "k"])
        #expect(KOTArguments.arranged(["get", "k", "--json"]) == ["get", "--json=True", "k"])
    }

    @Test func aValueThatBeginsWithAHyphenIsNoOption() throws {
        #expect(KOTArguments.arranged(["set", "k", "-5", "--name", "db"]) == ["set", "--name=db", "--", "k", "-5"])
        let command = try parsed(SetKey.self, ["--name", "db", "set", "k", "-5", "--encryption_key", "-x"])
        #expect(command.value == "-5")
        #expect(command.storage.encryption.passphrase == "-x")
    }

    @Test func whatFollowsTheTerminatorIsNoOption() throws {
        let command = try parsed(SetKey.self, ["--name", "db", "set", "k", "--", "--compress"])
        #expect(command.value == "--compress")
        #expect(!command.storage.compress.isTrue)
    }

    @Test func bothSpellingsOfAnOptionAreTaken() throws {
        for option in ["--encryption_key", "--encryption-key"] {
            #expect(try parsed(GetKey.self, ["get", "k", "--name", "db", option, "s"]).encryption.passphrase == "s")
        }
        #expect(try parsed(GetAll.self, ["get-all", "--name", "db"]).database.name.text == "db")
    }

    @Test func noneAndNothingAreNoPassphrase() throws {
        for text in ["None", ""] {
            let command = try parsed(GetKey.self, ["get", "k", "--name", "db", "--encryption_key", text])
            #expect(command.encryption.passphrase == nil)
        }
    }

    @Test(arguments: [["--name", "", "get", "k"], ["--name=", "get", "k"], ["--name", "db", "get", ""]])
    func anEmptyNameIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try parsed(GetKey.self, arguments) }
    }

    @Test(arguments: [
        ["get", "k"], ["set", "k", "--name", "db"], ["set", "k", "v", "--file", "f", "--name", "db"],
        ["get", "k", "--name"], ["get", "k", "--nme", "x", "--name", "db"], ["nonsense"],
        ["set", "k", "v", "--compress=maybe", "--name", "db"], ["benchmark", "--number", "0"],
    ])
    func aCommandLineThatIsIncompleteOrUnknownIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { _ = try KOTCommandLine.parseAsRoot(KOTArguments.arranged(arguments)) }
    }

    @Test func theNameOfTheProgramChoosesItsCommands() {
        let linked = Invocation(["/usr/local/bin/KOT", "--name", "db", "get", "k"])
        #expect(ObjectIdentifier(linked.root) == ObjectIdentifier(KOTCommandLine.self))
        #expect(linked.kotName == "KOT")
        #expect(linked.arguments == ["get", "--name=db", "k"])
        let named = Invocation(["./kvick", "kot", "--name", "db", "get", "k"])
        #expect(ObjectIdentifier(named.root) == ObjectIdentifier(Kvick.self))
        #expect(named.kotName == "kvick kot")
        #expect(named.arguments == ["kot", "get", "--name=db", "k"])
        #expect(Invocation(["kvick", "serve", "--port", "1"]).arguments == ["serve", "--port", "1"])
        #expect(linked.isKOT && named.isKOT && !Invocation(["kvick", "get", "kot", "k"]).isKOT)
    }

    private func parsed<Command>(_ type: Command.Type, _ arguments: [String]) throws -> Command {
        try #require(try KOTCommandLine.parseAsRoot(KOTArguments.arranged(arguments)) as? Command)
    }
}
