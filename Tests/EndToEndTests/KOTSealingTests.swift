import Foundation
import Testing

/// Values under a passphrase, on a server as it is delivered.
@Suite(.load)
struct KOTSealingTests {
    @Test func sealedValuesOutliveARestartAndNoFileHasThem() async throws {
        let folder = try TemporaryFolder()
        let secret = "nobody-may-read-this"
        var server = try ServerProcess(data: folder.file("data"), KOTClient.flags)
        var kot = try KOTClient(server)
        #expect(try kot.set("d", "plain", #""anybody-may-read-this""#).status == 200)
        #expect(try kot.set("d", "sealed", "\"\(secret)\"", encryptionKey: "my-passphrase").status == 200)
        #expect(try kot.get("d", "sealed").status == 403)
        #expect(try server.stop() == .code(0))
        #expect(try !Folder.files(server.data, containing: "anybody-may-read-this").isEmpty)
        #expect(try Folder.files(server.data, containing: secret) == [])
        #expect(try Folder.files(server.data, containing: "my-passphrase") == [])

        server = try ServerProcess(data: folder.file("data"), KOTClient.flags)
        kot = try KOTClient(server)
        #expect(try kot.get("d", "sealed", encryptionKey: "my-passphrase").text == "\"\(secret)\"\n")
        #expect(try kot.text("/controller/get_all", of: "d") == "{\"plain\":\"anybody-may-read-this\"}\n")
        #expect(try server.stop() == .code(0))
        for output in [server.process.output, server.process.errorOutput] {
            #expect(!output.contains("my-passphrase") && !output.contains(secret))
        }
    }

    @Test func aFloodOfPassphrasesIsRefusedWhileOtherRequestsGoOn() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), KOTClient.flags)
        let kot = try KOTClient(server)
        #expect(try kot.set("d", "k", "1").status == 200)
        #expect(try kot.set("d", "s", "2", encryptionKey: "right").status == 200)
        let guessers = try (0..<8).map { number in
            let connection = try Connection(port: server.port)
            let body = #"{"database_name":"d","key":"s","encryption_key":"guess \#(number)"}"#
            try connection.write(KOTClient.request("POST", "/controller/get", Array(body.utf8)))
            return connection
        }
        var longest = Duration.zero
        for _ in 0..<100 {
            let start = ContinuousClock.now
            #expect(try kot.get("d", "k").text == "1\n")
            #expect(try kot.get("d", "s", encryptionKey: "right").text == "2\n")
            longest = max(longest, ContinuousClock.now - start)
        }
        #expect(longest < .seconds(2), "\(longest)")
        // One address may have four wait; whoever comes behind them is told to come again, at once.
        var refused: [HTTPResponse] = []
        let areRefused = eventually(within: .seconds(20)) {
            for guesser in guessers {
                guesser.setTimeout(.milliseconds(20))
                if let answer = try? guesser.readResponse(), answer.status == 503 { refused.append(answer) }
            }
            return refused.count == 4
        }
        #expect(areRefused, "\(refused.count)")
        #expect(refused.allSatisfy { $0["Retry-After"] != nil })
        // To stop it would wait for the passphrase that is being tried.
        try server.kill()
    }
}
