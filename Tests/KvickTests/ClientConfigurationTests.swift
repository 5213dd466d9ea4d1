import Foundation
import Testing
import YAML

@testable import kvick

/// The client's file, and what commands take of it.
struct ClientConfigurationTests {
    private static let text = """
        # Mine.
        url: https://kvick.example/
        ca_file: ca.pem
        buckets:
          # One each.
          visits: {id: 0123, key: 'a: b'}
          other:
            id: N7cm
            url: http://127.0.0.1:1
        """

    @Test func theFileNamesServersAndBuckets() throws {
        let configuration = try ClientConfiguration(yaml: Self.text) { "/etc/" + $0 }
        #expect(configuration.url?.description == "https://kvick.example")
        #expect(configuration.caFile == "/etc/ca.pem")
        #expect(configuration.buckets.map(\.name) == ["visits", "other"])
        // As it is written, though it looks like a number.
        #expect(configuration.bucket(named: "visits")?.id == "0123")
        #expect(configuration.bucket(named: "visits")?.key == "a: b")
        #expect(configuration.bucket(named: "none") == nil && configuration.holdsKeys)
        for empty in ["", "# nothing\n", "buckets:\n", "buckets: {}"] {
            #expect(try ClientConfiguration(yaml: empty) == ClientConfiguration())
        }
    }

    @Test(arguments: [
        ("bucket: {}", 1, "did you mean 'buckets'?"), ("x: 1", 1, "there are url, ca_file, buckets"),
        ("buckets:\n  a:\n    id: x\n    keyy: z", 4, "did you mean 'key'?"),
        ("buckets:\n  a: {key: z}", 2, "the bucket a has no id"), ("url: foo", 1, "must be an address"),
        ("url: http://u:secret@h", 1, "must be an address"), ("buckets:\n- a", 2, "must have members"),
        ("url: [http://a]", 1, "url must be text"), ("url:", 1, "url must be text"),
        ("url: http://a\nurl: http://b", 2, "given twice"), ("a: b: c", 1, "no YAML"), ("just text", 1, "name: value"),
        ("buckets:\n  a/b: {id: x}", 2, "without slashes"), ("? [a]\n: b", 1, "a name must be text"),
    ])
    func whatIsWrongIsToldWithItsLine(_ text: String, _ line: Int, _ message: String) {
        let failure = #expect(throws: YAMLFailure.self) { try ClientConfiguration(yaml: text) }
        #expect(failure?.line == line)
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("secret") == false)
    }

    @Test(arguments: [
        "", "# only\n", text, text + "\n", "buckets:\n", "buckets: # none yet\nurl: http://a\n",
        "buckets:\n\n    # deep\n    a:\n        id: x\nurl: http://b",
        "# Of Windows.\r\nbuckets:\r\n  a:\r\n    id: x\r\n", "url: http://a\r\n",
    ])
    func aBucketIsAddedAndNothingElseChanges(_ text: String) throws {
        let bucket = ClientConfiguration.Bucket(
            name: "new", id: "-1", url: ServerURL("http://[::1]:1"), key: "a\"b\\ #'é", caFile: "/c: d")
        let result = try #require(ConfigurationText(text).adding(bucket))
        let before = try ClientConfiguration(yaml: text)
        let after = try ClientConfiguration(yaml: result)
        #expect(after.bucket(named: "new") == bucket)
        #expect(after.buckets.filter { $0.name != "new" } == before.buckets && after.url == before.url)
        // Comments and all.
        let lines = result.split(whereSeparator: \.isNewline)
        #expect(text.split(whereSeparator: \.isNewline).allSatisfy { lines.contains($0) })
        let returns = result.utf8.filter { $0 == UInt8(ascii: "\r") }.count
        #expect(returns == (text.contains("\r\n") ? result.utf8.filter { $0 == UInt8(ascii: "\n") }.count : 0))
    }

    @Test func whatIsSavedAtOnceIsAllThere() async throws {
        let folder = "/tmp/kvick-client-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = ClientConfigurationFile(path: folder + "/kvick/client.yaml")
        try await withThrowingTaskGroup { group in
            for number in 0..<16 {
                group.addTask {
                    try file.save(ClientConfiguration.Bucket(name: "b\(number)", id: "\(number)", key: "k"))
                }
            }
            try await group.waitForAll()
        }
        #expect(try file.read().buckets.count == 16)
    }

    @Test func whatIsSaidOfABucketCountsMoreAndAnOptionMost() throws {
        let configuration = try ClientConfiguration(yaml: Self.text)
        let server = { (url: String?, name: String?) in
            try ConnectionOptions.server(url, of: name.flatMap(configuration.bucket), configuration).description
        }
        #expect(try server(nil, nil) == "https://kvick.example")
        #expect(try server(nil, "visits") == "https://kvick.example")
        #expect(try server(nil, "other") == "http://127.0.0.1:1")
        #expect(try server("http://b/", "other") == "http://b")
        let local = try ConnectionOptions.server(nil, of: nil, ClientConfiguration())
        #expect(local.description == "http://127.0.0.1:8080")
        #expect(throws: (any Error).self) { try server("kvick.example", nil) }
    }
}
