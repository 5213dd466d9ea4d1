import Foundation
import Testing

/// Keys and their values, byte for byte.
@Suite(.server)
struct KeyTests {
    @Test func keysAndValuesOfAnyBytesComeBackAsTheyWereSent() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let allBytes = (0...255).map { UInt8($0) }
            let keys = [Array(allBytes[..<128]), Array(allBytes[128...])] + allBytes.map { [$0] }
            for (index, key) in keys.enumerated() {
                let value = allBytes + [UInt8](repeating: UInt8(index & 0xFF), count: index)
                let path = "\(bucket)/\(percentEncoded(key))"
                let put = try server.client.send("PUT", path, body: value)
                #expect(put.status == 200, "\(path)")
                #expect(put.body.isEmpty)
                let get = try server.client.get(path)
                #expect(get.status == 200)
                #expect(get.body == value, "\(path)")
                #expect(get["Content-Length"] == String(value.count))
            }
            let list = try server.client.get("\(bucket)/?format=json")
            #expect((try list.json() as? [Any])?.count == keys.count)
        }
    }

    @Test func slashesAndTheirEncodedFormAreTheSameKey() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/a/b//c/", "1").status == 200)
            #expect(try server.client.get("\(bucket)/a%2Fb%2f%2Fc%2F").text == "1")
            #expect(try server.client.get("\(bucket)/a/b/c").status == 404)
            #expect(try server.client.put("\(bucket)//", "2").status == 200)
            #expect(try server.client.get("\(bucket)/%2F").text == "2")
            #expect(try server.client.put("\(bucket)/..", "3").status == 200)
            #expect(try server.client.put("\(bucket)/a%00b", "4").status == 200)
            #expect(try server.client.get("\(bucket)/a").status == 404)
            #expect(try server.client.put("\(bucket)/a+b", "5").status == 200)
            #expect(try server.client.get("\(bucket)/a%20b").status == 404)
            #expect(try server.client.get("\(bucket)/a%2Bb").text == "5")
            #expect(try server.client.put("\(bucket)/tokens", "6").status == 200)
            #expect(
                try server.client.get("\(bucket)/?format=json").text
                    == #"["..","/","a\u0000b","a+b","a/b//c/","tokens"]"#)
            for broken in ["%", "%4", "%zz", "a%"] {
                #expect(try server.client.get("\(bucket)/\(broken)").status == 400, "\(broken)")
            }
        }
    }

    @Test func aKeyHas1To128BytesAndARefusalNamesLimitAndSize() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let longest = [UInt8](repeating: 0xFF, count: 128)
            #expect(try server.client.put("\(bucket)/\(percentEncoded(longest))", "v").status == 200)
            #expect(try server.client.get("\(bucket)/\(percentEncoded(longest))").text == "v")
            for size in [129, 1000] {
                let key = String(repeating: "k", count: size)
                for method in ["PUT", "GET", "PATCH", "DELETE"] {
                    let response = try server.client.send(method, "\(bucket)/\(key)", body: method == "PUT" ? [1] : nil)
                    #expect(response.status == 400, "\(method)")
                    #expect(response.text.contains("128") && response.text.contains("\(size)"), "\(response.text)")
                }
            }
        }
    }

    @Test func aValueHas0To16384BytesAndARefusalNamesLimitAndSize() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let largest = [UInt8](repeating: 0x61, count: 16384)
            #expect(try server.client.send("PUT", "\(bucket)/k", body: largest).status == 200)
            #expect(try server.client.get("\(bucket)/k").body == largest)
            for size in [16385, 300_000, 3_000_000] {
                let response = try server.client.send("PUT", "\(bucket)/k", body: [UInt8](repeating: 0x62, count: size))
                #expect(response.status == 400)
                #expect(response.text.contains("16384") && response.text.contains("\(size)"), "\(response.text)")
            }
            #expect(try server.client.get("\(bucket)/k").body == largest)
            #expect(try server.client.send("PUT", "\(bucket)/empty", body: []).status == 200)
            #expect(try server.client.send("PUT", "\(bucket)/bare").status == 200)
            for key in ["empty", "bare"] {
                let empty = try server.client.get("\(bucket)/\(key)")
                #expect(empty.status == 200)
                #expect(empty["Content-Length"] == "0")
            }
        }
    }

    @Test func theLimitsAreSettings() async throws {
        try await withServer(["--max-key-size", "4B", "--max-value-size", "1MiB"]) { server in
            let bucket = try server.client.makeBucket()
            let value = [UInt8](repeating: 7, count: 1 << 20)
            #expect(try server.client.send("PUT", "\(bucket)/abcd", body: value).status == 200)
            #expect(try server.client.get("\(bucket)/abcd").body == value)
            #expect(try server.client.send("PUT", "\(bucket)/abcd", body: value + [7]).status == 400)
            #expect(try server.client.put("\(bucket)/abcde", "v").status == 400)
        }
    }

    @Test func aChunkedBodyIsAValueLikeAnyOther() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            let head = "PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            try connection.write(head + "5\r\nhello\r\n1;x=y\r\n \r\nA\r\nwide world\r\n0\r\nTrailer: t\r\n\r\n")
            #expect(try connection.readResponse().status == 200)
            #expect(try server.client.get("\(bucket)/k").text == "hello wide world")
            // One byte too many, only the last chunk tells.
            try connection.write(head)
            for _ in 0..<4 { try connection.write("1000\r\n" + String(repeating: "x", count: 4096) + "\r\n") }
            try connection.write("1\r\nx\r\n0\r\n\r\n")
            let refused = try connection.readResponse()
            #expect(refused.status == 400)
            #expect(refused.text.contains("16384"))
            #expect(try server.client.get("\(bucket)/k").text == "hello wide world")
        }
    }

    @Test func aValueAnswersWithTheTypeThatItWasWrittenWith() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let cases: [(sent: String?, body: [UInt8], answered: String)] = [
                ("image/png", [0x89, 0x50, 0], "image/png"),
                ("text/html; charset=latin1", [0xE9], "text/html; charset=latin1"),
                ("application/x-www-form-urlencoded", Array("ü".utf8), "text/plain; charset=utf-8"),
                ("application/x-www-form-urlencoded; charset=utf-8", [0xFF], "application/octet-stream"),
                ("multipart/form-data; boundary=x", Array("a".utf8), "text/plain; charset=utf-8"),
                (nil, Array("plain".utf8), "text/plain; charset=utf-8"), (nil, [0xFF, 0], "application/octet-stream"),
                (nil, [], "text/plain; charset=utf-8"), ("application/json", Array("{}".utf8), "application/json"),
            ]
            for (index, (sent, body, answered)) in cases.enumerated() {
                let path = "\(bucket)/k\(index)"
                let headers = sent.map { [("Content-Type", $0)] } ?? []
                #expect(try server.client.send("PUT", path, headers, body: body).status == 200)
                for accept in [[], [("Accept", "application/json")], [("Accept", "image/webp;q=1, text/xml")]] {
                    let response = try server.client.get(path, accept)
                    #expect(response.status == 200)
                    #expect(response["Content-Type"] == answered)
                    #expect(response.body == body)
                    #expect(response["X-Content-Type-Options"] == "nosniff")
                    #expect(response["Content-Security-Policy"] == "sandbox")
                }
            }
        }
    }

    @Test func curlSendsAFormTypeAndReadsPlainText() async throws {
        try await withServer { server in
            let id = String(try server.client.makeBucket().dropFirst())
            #expect(try Shell.run("curl -s -d 'a=b&c' https://kvdb.io/BUCKET/k", server, bucket: id).output == "")
            let read = "curl -s -i https://kvdb.io/BUCKET/k"
            let answer = try Shell.run(read, server, bucket: id).output
            #expect(answer.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
            #expect(answer.hasSuffix("\r\n\r\na=b&c"))
        }
    }

    @Test func headHasTheHeadersOfGetAndNoBody() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let image = [("Content-Type", "image/png")]
            #expect(try server.client.put("\(bucket)/k", "hello", image).status == 200)
            let connection = try Connection(port: server.port)
            for path in ["\(bucket)/k", "\(bucket)/", "\(bucket)/missing"] {
                try connection.write(Client.request("GET", path))
                let get = try connection.readResponse()
                try connection.write(Client.request("HEAD", path))
                let head = try connection.readResponse(toHead: true)
                #expect(head.status == get.status)
                #expect(head["Content-Length"] == get["Content-Length"])
                #expect(head["Content-Type"] == get["Content-Type"])
            }
        }
    }

    @Test func deletingIs404WhereThereWasNothing() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.delete("\(bucket)/k").status == 404)
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            #expect(try server.client.delete("\(bucket)/k").status == 200)
            #expect(try server.client.delete("\(bucket)/k").status == 404)
            #expect(try server.client.get("\(bucket)/k").status == 404)
            #expect(try server.client.get("\(bucket)/").text == "")
        }
    }

    @Test func textThatOnlyLooksLikeANumberStaysAsItWasSent() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for text in [
                "007", "1.10", "+1", "-0", "1e3", " 1", "1\n", "0x10", "9223372036854775808", "1e999", "NaN", "٣",
            ] {
                #expect(try server.client.put("\(bucket)/k", text).status == 200)
                #expect(try server.client.get("\(bucket)/k").text == text)
                let list = try server.client.get("\(bucket)/?values=true&format=json")
                let pair = try #require((try list.json() as? [[Any]])?.first)
                #expect(pair[1] as? String == text, "\(list.text)")
            }
            // 2⁶³ is no integer of 64 bits, but it is how this float is written.
            #expect(try server.client.put("\(bucket)/k", "9223372036854776000").status == 200)
            #expect(try server.client.get("\(bucket)/k").text == "9223372036854776000")
        }
    }
}
