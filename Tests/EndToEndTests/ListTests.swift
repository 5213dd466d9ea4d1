import Foundation
import Testing

/// Lists of a bucket's keys.
@Suite(.server)
struct ListTests {
    @Test func eachFormatWritesKeysAndValuesInItsWay() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for (key, value) in [("a", "1"), ("b\nc", "x\ny"), ("d", "2.5"), ("e\"", "\\\u{1}é"), ("f", "-7")] {
                let path = "\(bucket)/\(percentEncoded(key.utf8))"
                #expect(try server.client.put(path, value).status == 200)
            }
            func list(_ query: String, _ type: String) throws -> String {
                let response = try server.client.get("\(bucket)/?\(query)")
                #expect(response.status == 200)
                #expect(response["Content-Type"]?.hasPrefix(type) == true, "\(query)")
                #expect(response["X-Next-After"] == nil)
                return response.text
            }
            #expect(try list("", "text/plain") == "a\nb\\nc\nd\ne\"\nf\n")
            #expect(
                try list("values=true&format=text", "text/plain") == "a=1\nb\\nc=x\\ny\nd=2.5\ne\"=\\\u{1}é\nf=-7\n")
            #expect(try list("format=json", "application/json") == #"["a","b\nc","d","e\"","f"]"#)
            #expect(
                try list("format=json&values=true", "application/json")
                    == #"[["a",1],["b\nc","x\ny"],["d",2.5],["e\"","\\\u0001é"],["f",-7]]"#)
            #expect(try list("format=jsonl", "application/jsonl") == "\"a\"\n\"b\\nc\"\n\"d\"\n\"e\\\"\"\n\"f\"\n")
            #expect(
                try list("format=jsonl&values=true&limit=2&skip=3", "application/jsonl")
                    == "[\"e\\\"\",\"\\\\\\u0001é\"]\n[\"f\",-7]\n")
        }
    }

    @Test func anEmptyBucketIsAnEmptyList() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for (format, text) in [("text", ""), ("json", "[]"), ("jsonl", "")] {
                for query in ["", "&values=true", "&reverse=true", "&after=z", "&prefix=a"] {
                    #expect(try server.client.get("\(bucket)/?format=\(format)\(query)").text == text)
                }
            }
            #expect(try server.client.get(bucket).status == 200)
        }
    }

    @Test func bytesThatAreNotUTF8AreBase64InJSON() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.send("PUT", "\(bucket)/%FF%00", body: [0, 0xFE]).status == 200)
            #expect(try server.client.get("\(bucket)/?format=json").text == #"[{"base64":"/wA="}]"#)
            let pairs = try server.client.get("\(bucket)/?format=jsonl&values=true")
            #expect(pairs.text == "[{\"base64\":\"/wA=\"},{\"base64\":\"AP4=\"}]\n")
            #expect(try server.client.get("\(bucket)/?values=true").body == [0xFF, 0, 0x3D, 0, 0xFE, 0x0A])
            #expect(try server.client.get("\(bucket)/?prefix=%FF&format=json").text == #"[{"base64":"/wA="}]"#)
        }
    }

    @Test func keysComeInByteOrder() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            var keys: [[UInt8]] = [
                [0], [0, 0], [0xFF], [0xFF, 0xFF], Array("é".utf8), Array("z".utf8), Array("a".utf8),
            ]
            for key in keys {
                #expect(try server.client.put("\(bucket)/\(percentEncoded(key))", "v").status == 200)
            }
            keys.sort { $0.lexicographicallyPrecedes($1) }
            let expected: [UInt8] = Array(keys.joined(separator: [10])) + [10]
            #expect(try server.client.get("\(bucket)/").body == expected)
            let backwards: [UInt8] = Array(keys.reversed().joined(separator: [10])) + [10]
            #expect(try server.client.get("\(bucket)/?reverse=true").body == backwards)
            #expect(try server.client.get("\(bucket)/?prefix=%FF&reverse=1").body == [0xFF, 0xFF, 10, 0xFF, 10])
        }
    }

    @Test(arguments: [false, true], [1, 7, 100]) func pagesGoThroughAllKeysOnce(reverse: Bool, limit: Int) async throws
    {
        try await withServer(["--durability", "relaxed"]) { server in
            let bucket = try server.client.makeBucket()
            var keys: [[UInt8]] = []
            let connection = try Connection(port: server.port)
            for index in 0..<100 {
                // Keys with all that needs care in a URL, some of them the beginning of others.
                let ends: [[UInt8]] = [[], [0x26, 0x3D, 0x25], [0x2F, 0xFF, 0x0A]]
                let key = Array("k\(index / 3)".utf8) + ends[index % 3]
                keys.append(key)
                try connection.write(Client.request("PUT", "\(bucket)/\(percentEncoded(key))", body: [0x76]))
                #expect(try connection.readResponse().status == 200)
            }
            keys.sort { $0.lexicographicallyPrecedes($1) }
            if reverse { keys.reverse() }
            var after: String?
            var found: [[UInt8]] = []
            for _ in 0...100 {
                let rest = after.map { "&after=\($0)" } ?? ""
                try connection.write(
                    Client.request("GET", "\(bucket)/?format=json&limit=\(limit)&reverse=\(reverse)\(rest)"))
                let page = try connection.readResponse()
                let names = try #require(try page.json() as? [Any])
                #expect(names.count <= limit)
                found += names.map { name in
                    if let text = name as? String { return Array(text.utf8) }
                    let text = (name as? [String: String])?["base64"] ?? ""
                    return Array(Data(base64Encoded: text) ?? Data())
                }
                after = page["X-Next-After"]
                if after == nil { break }
            }
            #expect(after == nil)
            #expect(found == keys)
        }
    }

    @Test func afterBeginsBehindAKeyThatNeedNotBeThere() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for key in ["a", "b", "c", "ca", "d"] {
                #expect(try server.client.put("\(bucket)/\(key)", "v").status == 200)
            }
            #expect(try server.client.get("\(bucket)/?after=b").text == "c\nca\nd\n")
            #expect(try server.client.get("\(bucket)/?after=bb").text == "c\nca\nd\n")
            #expect(try server.client.get("\(bucket)/?after=c&reverse=true").text == "b\na\n")
            #expect(try server.client.get("\(bucket)/?after=cc&reverse=true&limit=2").text == "ca\nc\n")
            #expect(try server.client.get("\(bucket)/?after=b&prefix=c").text == "c\nca\n")
            #expect(try server.client.get("\(bucket)/?after=c&prefix=c").text == "ca\n")
            #expect(try server.client.get("\(bucket)/?after=z").text == "")
            #expect(try server.client.get("\(bucket)/?after=a&skip=1&limit=1").text == "c\n")
        }
    }

    @Test func aListThatIsCutSaysBehindWhichKeyToGoOn() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for key in ["a", "b%2F%FF", "c"] { #expect(try server.client.put("\(bucket)/\(key)", "v").status == 200) }
            #expect(try server.client.get("\(bucket)/?limit=2")["X-Next-After"] == "b%2F%FF")
            #expect(try server.client.get("\(bucket)/?limit=3")["X-Next-After"] == nil)
            #expect(try server.client.get("\(bucket)/?limit=1&skip=2")["X-Next-After"] == nil)
            #expect(try server.client.get("\(bucket)/?limit=1&reverse=true")["X-Next-After"] == "c")
            #expect(try server.client.get("\(bucket)/?limit=1&prefix=a")["X-Next-After"] == nil)
        }
    }
}
