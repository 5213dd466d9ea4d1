import Foundation
import Testing

/// Numbers that are added to.
@Suite(.server)
struct CounterTests {
    @Test func noUpdateOf8ClientsIsLost() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let port = server.port
            let sums = try await concurrently(8) { client in
                let connection = try Connection(port: port)
                var sum = 0
                for step in 0..<150 {
                    let change = (client + step) % 5 - 1
                    try connection.write(
                        Client.request(
                            "PATCH", "\(bucket)/n", body: Array((change < 0 ? "\(change)" : "+\(change)").utf8)))
                    let response = try connection.readResponse()
                    guard response.status == 200, Int(response.text) != nil else {
                        throw HarnessError("PATCH: \(response.status) \(response.text)")
                    }
                    sum += change
                }
                return sum
            }
            #expect(sums.reduce(0, +) != 0)
            #expect(try server.client.get("\(bucket)/n").text == String(sums.reduce(0, +)))
        }
    }

    @Test func eachAnswerIsASumThatWasOnceTrue() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let port = server.port
            let answers = try await concurrently(8) { _ in
                let connection = try Connection(port: port)
                return try (0..<100).map { _ in
                    try connection.write(Client.request("PATCH", "\(bucket)/n", body: Array("+1".utf8)))
                    return try connection.readResponse().text
                }
            }
            #expect(Set(answers.joined()) == Set((1...800).map { String($0) }))
        }
    }

    @Test func anIntegerStaysOneAndAFloatIsWrittenShortly() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            func sum(_ start: String, _ change: String) throws -> String {
                #expect(try server.client.put("\(bucket)/n", start).status == 200)
                let response = try server.client.patch("\(bucket)/n", change)
                #expect(response.status == 200, "\(start) \(change)")
                #expect(try server.client.get("\(bucket)/n").text == response.text)
                return response.text
            }
            #expect(try sum("41", "+1") == "42")
            #expect(try sum("41", "1") == "42")
            #expect(try sum("0.1", "+0.2") == "0.30000000000000004")
            #expect(try sum("1.5", "-0.5") == "1")
            #expect(try sum("007", "+1") == "8")
            #expect(try sum("1.10", "+1") == "2.1")
            #expect(try sum("9223372036854775806", "+1") == "9223372036854775807")
            #expect(try sum("1e3", "+1") == "1001")
            #expect(try sum("5", "\n -2.5 \n") == "2.5")
        }
    }

    @Test func textIsNotAddedTo() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for text in ["coconut", "", "1 2", "0x1F", "NaN", "inf", "1e999"] {
                #expect(try server.client.put("\(bucket)/k", text).status == 200)
                #expect(try server.client.patch("\(bucket)/k", "+1").status == 400, "\(text)")
                #expect(try server.client.get("\(bucket)/k").text == text)
            }
            for change in ["", "one", "++1", "+", "1,5", "0x1", "Infinity", "nan", "1e400", "9223372036854775808"] {
                #expect(try server.client.patch("\(bucket)/n", change).status == 400, "\(change)")
            }
            #expect(try server.client.get("\(bucket)/n").status == 404)
        }
    }
}
