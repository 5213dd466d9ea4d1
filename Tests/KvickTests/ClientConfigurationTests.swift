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
        "\u{FEFF}buckets:\r\n  a: {id: x}\r\n", "\u{FEFF}url: http://a\n", "\u{FEFF}# only\n",
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

    @Test(arguments: [
        ("buckets:\n  a:\n    id: x\n", "a", "buckets:\n"),
        (
            "# Mine.\nbuckets:\n  # One.\n  a: {id: x}\n\n  # Two.\n  b:\n    id: y\n    # Its key.\n\n# End.\nurl: http://u\n",
            "b",
            "# Mine.\nbuckets:\n  # One.\n  a: {id: x}\n\n  # Two.\n\n# End.\nurl: http://u\n"
        ),
        (
            "buckets:\n  # One.\n  a: {id: x}\n\n  # Two.\n  b:\n    id: y\n", "a",
            "buckets:\n  # One.\n\n  # Two.\n  b:\n    id: y\n"
        ),
        (
            "buckets:\r\n    'a b':\r\n        id: x\r\n\r\n        key: z\r\n    c: {id: y}\r\n", "a b",
            "buckets:\r\n    c: {id: y}\r\n"
        ),
        // One that is commented out stands behind it, and one between its members.
        (
            "buckets:\n  a:\n    id: x\n    # Its own.\n\n  #b:\n    #id: y\n    #key: z\n  c:\n    id: w\n", "a",
            "buckets:\n\n  #b:\n    #id: y\n    #key: z\n  c:\n    id: w\n"
        ),
        ("buckets:\n  a: {id: x}\n# b:\n    # id: y\n", "a", "buckets:\n# b:\n    # id: y\n"),
        ("buckets:\n  a:\n    id: x\n# Whose?\n    key: z\n  b: {id: y}\n", "a", "buckets:\n  b: {id: y}\n"),
        ("\u{FEFF}buckets:\n  a: {id: x}\n  b: {id: y}\n", "a", "\u{FEFF}buckets:\n  b: {id: y}\n"),
    ])
    func aBucketIsTakenOutAndNothingElseChanges(_ text: String, _ name: String, _ rest: String) throws {
        try withFile(text) { file throws in
            try file.forget(name)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)) == Data(rest.utf8))
            #expect(throws: CommandFailure.self) { try file.forget(name) }
        }
    }

    @Test(arguments: ["buckets: {a: {id: x}, b: {id: y}}\n", "buckets:\n  ? a\n  : id: x\n  b: {id: y}\n"])
    func aFileThatCanNotBeChangedStaysAsItIs(_ text: String) throws {
        try withFile(text) { file throws in
            let failure = #expect(throws: CommandFailure.self) { try file.forget("a") }
            #expect(failure?.description.hasSuffix("take a out by hand") == true)
            #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
        }
    }

    @Test func certificatesThatTheFileNamesForAllAreNotSavedAgain() throws {
        try withFile("ca_file: /ca.pem\n") { file throws in
            for (name, certificates) in [("a", "/ca.pem"), ("b", "/other.pem")] {
                try file.save(ClientConfiguration.Bucket(name: name, id: "x", caFile: certificates))
            }
            let saved = try file.read()
            #expect(saved.bucket(named: "a")?.caFile == nil && saved.bucket(named: "b")?.caFile == "/other.pem")
        }
    }

    @Test func whatKeepsNothingIsRefusedBeforeAndWhenItIsWritten() {
        let file = ClientConfigurationFile(path: "/dev/null")
        for save in [{ try file.requireRoom(for: "a") }, { try file.save(.init(name: "a", id: "x", key: "k")) }] {
            let failure = #expect(throws: CommandFailure.self) { try save() }
            #expect(failure?.description.contains("/dev/null is no file that keeps anything") == true)
        }
    }

    @Test func aLinkStaysOneAndOneToNothingIsRefused() throws {
        try withFile("buckets:\n") { file throws in
            let manager = FileManager.default
            let link = ClientConfigurationFile(path: file.path + ".link")
            try manager.createSymbolicLink(atPath: link.path, withDestinationPath: "client.yaml")
            try link.requireRoom(for: "a")
            try link.save(ClientConfiguration.Bucket(name: "a", id: "x"))
            #expect(try file.read().bucket(named: "a")?.id == "x")
            #expect(try manager.destinationOfSymbolicLink(atPath: link.path) == "client.yaml")
            try manager.removeItem(atPath: file.path)
            for save in [{ try link.requireRoom(for: "b") }, { try link.save(.init(name: "b", id: "y")) }] {
                let failure = #expect(throws: CommandFailure.self) { try save() }
                #expect(failure?.description.contains("is a link to a file that is not there") == true)
            }
            #expect(try manager.destinationOfSymbolicLink(atPath: link.path) == "client.yaml")
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func aFileKeepsItsOwner() throws {
        try withFile("buckets:\n") { file throws in
            #expect(chown(file.path, 65534, 65534) == 0)
            try file.save(ClientConfiguration.Bucket(name: "a", id: "x"))
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.ownerAccountID] as? Int == 65534 && attributes[.groupOwnerAccountID] as? Int == 65534)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func aKeyThatTheFileCanNotHoldIsToldFromAFileThatCanNotBeChanged() throws {
        for text in ["", "buckets: {a: {id: x}}\n"] {
            try withFile(text) { file throws in
                let failure = #expect(throws: CommandFailure.self) { try file.requireRoom(for: "b", key: "k\u{7F}") }
                #expect(failure?.description.contains("have characters that no YAML has") == true)
            }
        }
        try withFile("buckets: {a: {id: x}}\n") { file throws in
            let failure = #expect(throws: CommandFailure.self) { try file.requireRoom(for: "b", key: "k") }
            #expect(failure?.description.contains("write 'buckets:' on a line of its own") == true)
        }
    }

    private func withFile(_ text: String, _ body: (ClientConfigurationFile) throws -> Void) throws {
        let folder = "/tmp/kvick-client-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = ClientConfigurationFile(path: folder + "/client.yaml")
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
        try body(file)
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

    @Test(arguments: [
        ("visits", "https://kvick.example", "http://127.0.0.1:1"),
        ("other", "http://127.0.0.1:1", "https://kvick.example"),
        ("visits", "https://kvick.example", "http://kvick.example"),
    ])
    func aSavedKeyIsForTheServerBesideItAlone(_ name: String, _ own: String, _ another: String) throws {
        let configuration = try ClientConfiguration(yaml: Self.text + "\n    key: k\n")
        let bucket = try #require(configuration.bucket(named: name))
        let key = try #require(SavedKey(of: bucket, in: configuration, path: "/f"))
        let (server, other) = (try #require(ServerURL(own)), try #require(ServerURL(another)))
        #expect(key.credential(for: server)?.source == "the key of \(name) in /f" && key.refusal(for: server) == nil)
        #expect(key.credential(for: other) == nil)
        #expect(key.refusal(for: other) == "the key of \(name) in /f is for \(own)")
    }
}
