import Foundation
import HTTPAPI
import HTTPServer
import KeyValueStore
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Operations

@Suite struct LineLogHandlerTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) {
            lines.withLock { $0.append(line) }
        }
    }

    private func log(_ format: LogFormat, _ body: (inout Logger) -> Void) -> [String] {
        let lines = Lines()
        var logger = Logger(label: "test") { label in
            LineLogHandler(
                label: label, format: format, level: .info, clock: { Timestamp(milliseconds: 1_769_903_999_007) },
                write: lines.add)
        }
        body(&logger)
        return lines.all
    }

    @Test func aMessageIsOneLineWhateverItSays() {
        let lines = log(.json) { $0.info("two\nlines, \"quoted\"", metadata: ["path": "/a\\b", "é": "ü"]) }
        #expect(
            lines == [
                #"{"time":"2026-01-31T23:59:59.007Z","level":"info","label":"test","message":"two\nlines, \"quoted\"","metadata":{"path":"/a\\b","é":"ü"}}"#
                    + "\n"
            ])
    }

    @Test func metadataMayHaveStructure() throws {
        let lines = log(.json) { logger in
            logger[metadataKey: "kept"] = "always"
            logger.error("x", metadata: ["list": ["a", ["b": "c"]], "number": .stringConvertible(7)])
        }
        #expect(lines.first?.contains(#""metadata":{"kept":"always","list":["a",{"b":"c"}],"number":"7"}"#) == true)
        let line = try #require(lines.first)
        _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
    }

    @Test func whatWouldSteerATerminalIsEscaped() {
        let lines = log(.json) { $0.info("a\u{9B}2J\u{7F}\u{202E}\u{2066}é\u{1B}", metadata: ["k\u{85}": "\u{61C}"]) }
        #expect(lines.first?.contains(#""message":"a\u009b2J\u007f\u202e\u2066é\u001b""#) == true, "\(lines)")
        #expect(lines.first?.contains(#"{"k\u0085":"\u061c"}"#) == true, "\(lines)")
    }

    @Test func messagesBelowTheLevelAreLeftOut() {
        #expect(log(.json) { $0.debug("quiet") }.isEmpty)
    }

    @Test func asTextTheMessageComesBeforeWhatBelongsToIt() {
        let lines = log(.text) { logger in
            logger[metadataKey: "kept"] = "always"
            logger.error("the disk is full", metadata: ["path": "/a b", "free": .stringConvertible(7)])
            logger.info("stopped")
        }
        #expect(
            lines == [
                "2026-01-31T23:59:59.007Z error the disk is full free=7 kept=always path=\"/a b\"\n",
                "2026-01-31T23:59:59.007Z info stopped kept=always\n",
            ])
    }

    @Test(arguments: [
        ("plain", "plain"), ("é/\\:", "é/\\:"), ("", #""""#), ("a b", #""a b""#), ("a=b", #""a=b""#),
        ("a\"b", #""a\"b""#),
        ("a\nb\u{1B}", #""a\nb\u001b""#), ("\u{202E}", #""\u202e""#), ("a\u{A0}b", "\"a\u{A0}b\""),
    ]) func aValueThatIsNoWordIsInQuotes(_ value: String, _ told: String) {
        #expect(
            log(.text) { $0.info("x", metadata: ["k": "\(value)"]) }.first?.hasSuffix(" info x k=\(told)\n") == true)
    }

    @Test func asTextTooAMessageIsOneLineAndMetadataMayHaveStructure() {
        let lines = log(.text) { $0.info("two\nlines\u{9B}", metadata: ["list": ["a", ["b": "c d"]]]) }
        #expect(lines == [#"2026-01-31T23:59:59.007Z info two\nlines\u009b list=["a",{"b":"c d"}]"# + "\n"])
    }

    @Test(arguments: [
        (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
    ])
    func forTheJournalALineBeginsWithItsPriorityAndHasNoTime(_ level: Logger.Level, _ priority: Int) {
        let lines = Lines()
        var logger = Logger(label: "test") { label in
            LineLogHandler(label: label, format: .text, level: .trace, isForJournal: true, write: lines.add)
        }
        logger[metadataKey: "kept"] = "always"
        logger.log(level: level, "two\n<0>lines", metadata: ["now": "a\n<0>b"])
        #expect(lines.all == ["<\(priority)>" + #"two\n<0>lines kept=always now="a\n<0>b""# + "\n"])
    }
}

@Suite struct RFC3339Tests {
    @Test func eachMillisecondIsTheOneThatIsMeant() {
        for milliseconds in Int64(1_769_903_999_000)..<1_769_904_000_000 {
            let text = RFC3339.text(milliseconds: milliseconds)
            let rest = String(milliseconds % 1000)
            #expect(text == "2026-01-31T23:59:59.\(String(repeating: "0", count: 3 - rest.count))\(rest)Z")
        }
        #expect(RFC3339.text(milliseconds: 0) == "1970-01-01T00:00:00.000Z")
        #expect(RFC3339.text(milliseconds: 951_782_400_999) == "2000-02-29T00:00:00.999Z")
    }
}

@Suite struct JournalStreamTests {
    @Test func onlyAStreamThatIsTheJournalsIsTakenForIt() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        var status = stat()
        try #require(fstat(ends[1], &status) == 0)
        #expect(JournalStream.takes(ends[1], stream: "\(status.st_dev):\(status.st_ino)"))
        #expect(!JournalStream.takes(ends[1], stream: "\(status.st_dev):\(status.st_ino + 1)"))
        #expect(!JournalStream.takes(ends[1], stream: ""))
        #expect(!JournalStream.takes(-1, stream: "0:0"))
    }
}

@Suite struct AccessLogTests {
    @Test(arguments: [
        ("curl/8", "curl/8"), ("a\u{9B}\u{202E}b", #"a\u009b\u202eb"#),
        (String(repeating: "x", count: 1023) + "é", String(repeating: "x", count: 1023)),
        // One character to people, whatever its size.
        ("e" + String(repeating: "\u{301}", count: 3000), "e" + String(repeating: "\u{301}", count: 511)),
    ])
    func aMemberIsToldWithoutWhatSteersATerminalAndCutByItsBytes(_ text: String, _ told: String) {
        var json = JSONWriter()
        json.loggedString(text.cut(toBytes: 1024))
        #expect(String(buffer: json.buffer).unicodeScalars.elementsEqual("\"\(told)\"".unicodeScalars))
    }
}

@Suite struct RequestSummaryTests {
    @Test func eachTextOfARequestIsCut() async throws {
        let output = LineOutput(descriptor: STDERR_FILENO)
        let log = AccessLog(to: output) { request in request.withPathBytes { String(decoding: $0, as: UTF8.self) } }
        let long = String(repeating: "x", count: 2000)
        let request = try Request(method: .other(long), target: "/" + long, headers: [("User-Agent", long)])
        let summary = log.summary(of: request)
        #expect(summary.method == String(long.prefix(1024)))
        #expect(summary.target == String(("/" + long).prefix(1024)))
        #expect(summary.userAgent == String(long.prefix(1024)))
        await output.shutdown()
    }
}

@Suite struct LineOutputTests {
    private struct Pipe {
        let reading: CInt
        let writing: CInt

        init() throws {
            var ends: [CInt] = [0, 0]
            try #require(pipe(&ends) == 0)
            (reading, writing) = (ends[0], ends[1])
        }

        /// What is there, until there is nothing or the other side ends.
        func read(_ count: Int) -> String {
            var bytes = [UInt8](repeating: 0, count: count)
            let got = Foundation.read(reading, &bytes, count)
            return String(decoding: bytes.prefix(max(got, 0)), as: UTF8.self)
        }
    }

    @Test func linesComeInTheirOrder() async throws {
        let pipe = try Pipe()
        let output = LineOutput(descriptor: pipe.writing)
        for number in 0..<100 { output.write(ByteBuffer(string: "line \(number)\n")) }
        await output.shutdown()
        close(pipe.writing)
        var text = ""
        while case let piece = pipe.read(4096), !piece.isEmpty { text += piece }
        #expect(text == (0..<100).map { "line \($0)\n" }.joined())
        #expect(output.droppedCount == 0)
        close(pipe.reading)
    }

    @Test func whatNobodyReadsIsDroppedAndCountedAndHoldsUpNobody() async throws {
        let pipe = try Pipe()
        let output = LineOutput(descriptor: pipe.writing, waitingSizeMax: 10_000)
        let line = ByteBuffer(string: String(repeating: "x", count: 999) + "\n")
        // More than the pipe and what may wait take together.
        for _ in 0..<1000 { output.write(line) }
        #expect(output.droppedCount > 800)
        await output.shutdown()
        #expect(output.droppedCount < 1000)
        close(pipe.writing)
        close(pipe.reading)
    }

    @Test func aReaderThatIsGoneIsNoFailure() async throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = try Pipe()
        close(pipe.reading)
        let output = LineOutput(descriptor: pipe.writing)
        output.write(ByteBuffer(string: "line\n"))
        await output.shutdown()
        #expect(output.droppedCount == 1)
        close(pipe.writing)
    }
}
