import ArgumentParser
import Testing

@testable import kvick

/// What stands on the command line of a client, and what goes to a server of it.
struct ClientArgumentsTests {
    @Test(arguments: [
        (["incr", "b", "k", "-2"], ["incr", "--", "b", "k", "-2"]),
        (["incr", "b", "k", "-2", "--ttl", "5m", "--json"], ["incr", "--ttl", "5m", "--json", "--", "b", "k", "-2"]),
        (["set", "--key=s", "b", "-5", "v"], ["set", "--key=s", "--", "b", "-5", "v"]),
        (
            ["set", "b", "k", "-.5", "--if-absent", "--url", "u"],
            ["set", "--if-absent", "--url", "u", "--", "b", "k", "-.5"]
        ),
        (["set", "b", "-1", "--", "-x"], ["set", "--", "b", "-1", "-x"]),
        (["set", "b", "k", "--", "-5"], ["set", "b", "k", "--", "-5"]),
        (["set", "b", "k", "-x"], ["set", "b", "k", "-x"]),
        (["serve", "--port", "-1"], ["serve", "--port", "-1"]), (["get", "b", "k"], ["get", "b", "k"]), ([], []),
    ])
    func aNegativeNumberIsNoOption(_ arguments: [String], _ arranged: [String]) {
        #expect(NegativeNumbers.arranged(arguments) == arranged)
    }

    /// Those of `NegativeNumbers` that stand without a value must be known there.
    @Test(arguments: [
        ["incr", "b", "-1", "-2", "--json", "--if-version", "3"], ["get", "b", "-1", "--json"],
        ["set", "b", "-1", "-2", "--if-absent", "--json"], ["delete", "b", "-1", "-2", "--timeout", "5s"],
    ])
    func everyCommandWithNumbersIsParsed(_ arguments: [String]) throws {
        #expect(throws: Never.self) { try Kvick.parseAsRoot(NegativeNumbers.arranged(arguments)) }
    }

    @Test(arguments: [
        ["get", "b", "scripts/x"], ["set", "b", "tokens/", "v"], ["incr", "b", "scripts/x"],
        ["delete", "b", "k", "scripts/x"],
    ])
    func whatIsAPathOfTheBucketIsNoKey(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try Kvick.parseAsRoot(arguments) }
        #expect(error.map { Kvick.message(for: $0) }?.contains("scripts/ are reserved") == true)
        #expect(error.map { Kvick.exitCode(for: $0) } == .validationFailure)
    }

    @Test(arguments: [
        ("30s", "30"), ("10m", "600"), ("2h", "7200"), ("7d", "604800"), ("2w", "1209600"), ("5", "5"), ("never", "0"),
        ("0.5s", "0.500"), ("1.5h", "5400"), ("0.001", "0.001"), ("0", "0"),
    ])
    func aTimeIsSeconds(_ text: String, _ seconds: String) {
        #expect(DurationText(text)?.seconds == seconds)
    }

    @Test(arguments: ["", "s", "-1", "1 h", "1y", "1.2345s", ".5s", "1.s", "9223372036854775807d", "1e3", "٣s"])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(DurationText(text) == nil)
    }

    @Test(arguments: [(604_800, "7d"), (3600, "1h"), (90, "90s"), (120, "2m"), (0, "never"), (1_209_600, "14d")])
    func secondsAreShownInTheLargestUnit(_ seconds: Int64, _ text: String) {
        #expect(DurationText.text(seconds: seconds) == text)
    }

    @Test(arguments: [
        ("hello", "/b/hello"), ("a/b c%", "/b/a%2Fb%20c%25"), ("é", "/b/%C3%A9"), (".", "/b/%2E"), ("..", "/b/%2E%2E"),
        ("a..b", "/b/a..b"),
    ])
    func aKeyIsOnePartOfThePath(_ key: String, _ path: String) {
        #expect(BucketPath.key(key, of: "b") == path)
    }

    @Test func aTransactionMayBeItsArrayAlone() throws {
        let body = { String(decoding: try SendTransaction.body(Array(($0 as String).utf8)), as: UTF8.self) }
        #expect(try body(#" [{"get": "k"}]"#) == #"{"txn": [{"get": "k"}]}"#)
        #expect(try body(#"{"txn":[]}"#) == #"{"txn":[]}"#)
        for text in ["", "[", "[] x", "get k"] { #expect(throws: CommandFailure.self) { try body(text) } }
    }

    @Test(arguments: [
        (["bucket", "save", "b", "null"], "no name in YAML"),
        (["bucket", "create", "--save", "NULL"], "no name in YAML"),
        (["bucket", "create", "--save", "4YTjbI2WPHjBXuLkt8KhOf"], "may be a bucket's id"),
        (["bucket", "create", "--save", String(repeating: "a", count: 129)], "no more than 128"),
        (["backup", "f", "--list", "--keep", "1"], "leave out --keep"),
        (["backup", "f", "--list", "--no-check"], "leave out --no-check"),
        (["backup", "f", "--list", "-q"], "leave out --quiet"),
        (["backup", "f", "--list", "--data", "d"], "leave out --data"),
        (["backup", "f", "--list", "--url", "http://h"], "leave out --url"),
    ])
    func whatWouldBeLostOrPassedOverIsRefused(_ arguments: [String], _ words: String) {
        let error = #expect(throws: (any Error).self) { try Kvick.parseAsRoot(arguments) }
        #expect(error.map { Kvick.message(for: $0) }?.contains(words) == true)
        #expect(error.map { Kvick.exitCode(for: $0) } == .validationFailure)
    }

    @Test(arguments: [
        ["get", "b"], ["get", "", "k"], ["get", "b", ""], ["get", "http://h/b", "k"],
        ["set", "b", "k", "v", "--file", "f"],
        ["set", "b", "k", "v", "--ttl", "soon"], ["set", "b", "k", "v", "--if-absent", "--if-version", "1"],
        ["set", "b", "k", "v", "--if-version", "x"], ["set", "b", "k", "v", "--content-type", "a\nb"],
        ["delete", "b"], ["delete", "b", "k", "l", "--if-version", "1"], ["list", "b", "--limit", "0"],
        ["list", "b", "--json", "--jsonl"], ["token", "b"],
        ["token", "b", "--permissions", "read", "--ttl", "never"],
        ["token", "b", "--permissions", "read", "--ttl", "0.5s"], ["bucket", "create", "--save", "a b"],
        ["bucket", "create", "--save", "-"], ["incr", "b", "k", "two"], ["incr", "b", "k", "99999999999999999999"],
        ["bucket", "save", "b", "a b"], ["bucket", "forget"], ["backup", "folder", "--json"], ["bucket", "set", "b"],
        ["completions", "tcsh"], ["bucket"],
    ])
    func aCommandLineThatIsIncompleteOrWrongIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) {
            var command = try Kvick.parseAsRoot(arguments)
            // A command of commands alone asks for one.
            try command.run()
        }
    }

    @Test(arguments: [
        (["get", "b"], "missing expected argument '<key>'; see 'kvick get --help'"),
        (["get", "b", "k", "--jsn"], "unknown option '--jsn'. Did you mean '--json'? See 'kvick get --help'"),
        (
            ["set", "b", "k", "v", "--ttl", "5y"],
            "the value '5y' is invalid for '--ttl <time>': write a time as 30s, 10m, 2h, 7d or never; see 'kvick set --help'"
        ),
        // The program's own say what to do.
        (["get", "http://h/b", "k"], nil), (["list", "b", "--limit", "0"], nil),
    ])
    func whatTheParserRefusesComesWithWhereHelpIs(_ arguments: [String], _ line: String?) {
        let error = #expect(throws: (any Error).self) { try Kvick.parseAsRoot(arguments) }
        let advice = error.flatMap { ParserAdvice(Kvick.message(for: $0), full: Kvick.fullMessage(for: $0)) }
        #expect(advice?.line == line)
    }

    @Test(arguments: [
        (401, 4), (403, 4), (404, 2), (410, 2), (412, 3), (429, 5), (503, 5), (400, 1), (500, 1), (418, 1),
    ])
    func aStatusIsAnExitCode(_ status: Int, _ code: Int32) {
        #expect(CommandFailure("", CommandFailure.Kind(status: status)).exitCode.rawValue == code)
    }

    @Test func eventsAreMadeOfLinesAndPrinted() throws {
        var parser = EventParser()
        var events: [ServerSentEvent] = []
        let stream = """
            id: 41

            : heartbeat
            id: 42.1
            event: set
            data: {"key":"a","revision":"42","value":"x\\ny"}

            id: 43
            event: delete
            data: {"key":{"base64":"/w=="},"revision":"43"}

            id: 44
            event: clear
            data: {"revision":"44"}


            """
        for line in stream.split(separator: "\n", omittingEmptySubsequences: false) {
            if let event = parser.event(line: Array(line.utf8)) { events.append(event) }
        }
        #expect(events.map(\.id) == ["42.1", "43", "44"] && parser.lastID == "44")
        let lines = try events.map(EventPrinter.line)
        #expect(lines == ["set a=x\\ny\n", "delete {\"base64\":\"/w==\"}\n", "clear\n"])
        let json = #"{"id":"42.1","event":"set","key":"a","revision":"42","value":"x\ny"}"# + "\n"
        #expect(try EventPrinter.json(events[0]) == json)
    }

    @Test func settingsAreShownWithoutKeys() throws {
        let answer = #"{"id":"b","email":null,"default_ttl":3600,"secret_key":true,"read_key":false}"#
        let shown = try #require(ShownSettings(Array(answer.utf8)))
        let server = try #require(ServerURL("http://h"))
        #expect(
            shown.lines(url: server)
                == "id           b\nurl          http://h/b\nemail        none\ndefault ttl  1h\nsecret key   set\nread key     none\n"
        )
        for other in ["", "[]", #"["a"]"#, "{}"] { #expect(ShownSettings(Array(other.utf8)) == nil) }
    }
}
