import Foundation
import Testing

/// What a stream of a bucket's changes says, and when it ends.
@Suite(.server)
struct WatchTests {
    @Test func eachChangeIsAnEventInItsOrder() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let stream = try EventStream(server.port, "\(bucket)/?watch=true")
            #expect(stream.head["Access-Control-Allow-Origin"] == "*")
            let start = try #require(try stream.readBlock())
            #expect(start.data.isEmpty && start.name == nil)
            var positions = [try #require(start.id.flatMap(EventPosition.init))]

            var tags = [try server.client.put("\(bucket)/a", "1")["ETag"]]
            tags.append(try server.client.patch("\(bucket)/n", "+1")["ETag"])
            tags.append(try server.client.put("\(bucket)/%FF/x", "2")["ETag"])
            #expect(try server.client.delete("\(bucket)/a").status == 200)
            #expect(try server.client.delete("\(bucket)/a").status == 404)
            #expect(try server.client.patch("\(bucket)/n", "x").status == 400)
            tags.append(try server.client.put("\(bucket)/e?ttl=0.5", "3")["ETag"])

            let events = try stream.readEvents(6)
            #expect(events.map(\.name) == ["set", "set", "set", "delete", "set", "expire"])
            let keys = try events.map { event in
                let key = try event.json()["key"]
                return key as? String ?? (key as? [String: String])?["base64"]
            }
            #expect(keys == ["a", "n", "/y94", "a", "e", "e"])
            for event in events {
                #expect(try event.json()["revision"] as? String == event.id)
                #expect(try event.json().count == 2, "\(event.data)")
                positions.append(try #require(event.position))
            }
            #expect(zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 }, "\(positions)")
            #expect(events.filter { $0.name == "set" }.map { "\"\($0.id)\"" } == tags)
        }
    }

    @Test func aPrefixLeavesTheOtherKeysOut() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let stream = try EventStream(server.port, "\(bucket)/?watch=true&prefix=app%2F")
            for key in ["app", "app/1", "apple", "b", "app/2", "App/3"] {
                try server.client.put("\(bucket)/\(key)", "v")
            }
            for key in ["app", "app/1"] { try server.client.delete("\(bucket)/\(key)") }
            try server.client.put("\(bucket)/app/last", "v")
            let events = try stream.readEvents(upTo: "app/last")
            #expect(try events.map { try $0.summary() } == ["set app/1", "set app/2", "delete app/1", "set app/last"])
        }
    }

    @Test func valuesAreAsInLists() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let stream = try EventStream(server.port, "\(bucket)/?watch=true&values=true")
            for (key, value) in [("text", "a\nb"), ("number", "101"), ("zeros", "007"), ("empty", "")] {
                try server.client.put("\(bucket)/\(key)", value)
            }
            try server.client.send("PUT", "\(bucket)/binary", body: [0xFF, 0])
            try server.client.transact(bucket, [#"{"set":"json","value":{"a":[1,null]}}"#])
            try server.client.delete("\(bucket)/text")
            let values = try stream.readEvents(7).map { try $0.json()["value"] }
            let expected: [NSObject?] = [
                "a\nb" as NSString, 101 as NSNumber, "007" as NSString, "" as NSString,
                ["base64": "/wA="] as NSDictionary, ["a": [1, NSNull()]] as NSDictionary, nil,
            ]
            #expect(values.map { $0 as? NSObject } == expected)
        }
    }

    @Test func theChangesOfATransactionAreNumberedAndTheLastHasItsRevision() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let target = "\(bucket)/?watch=true&values=true"
            let stream = try EventStream(server.port, target)
            let operations = [
                #"{"set":"b","value":1}"#, #"{"set":"a","value":1}"#, #"{"incr":"a","by":4}"#,
                #"{"set":"c","value":1}"#,
                #"{"get":"d"}"#, #"{"delete":"d"}"#,
            ]
            let results = try server.client.transact(bucket, operations).results()
            let version = try #require(results[0]["version"] as? String)
            let events = try stream.readEvents(3)
            #expect(events.map(\.id) == ["\(version).1", "\(version).2", version])
            #expect(try events.allSatisfy { try $0.json()["revision"] as? String == version })
            let values = try events.map { (try $0.json()["key"] as? String ?? "", try $0.json()["value"] as? Int ?? 0) }
            #expect(Dictionary(values) { first, _ in first } == ["a": 5, "b": 1, "c": 1])
            // In the middle of it one can go on, too.
            for (place, event) in events.enumerated() {
                let rest = try EventStream(server.port, target, lastID: event.id)
                try server.client.put("\(bucket)/mark-\(place)", "v")
                let found = try rest.readEvents(upTo: "mark-\(place)").map(\.data)
                #expect(found.prefix(2 - place).elementsEqual(events.dropFirst(place + 1).map(\.data)))
                #expect(found.count == 2 - place + place + 1)
            }
        }
    }

    @Test func aQuietStreamBeats() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let stream = try EventStream(server.port, "\(bucket)/?watch=true&prefix=a", timeout: .seconds(30))
            _ = try stream.readBlock()
            let start = ContinuousClock.now
            let revision = try #require(try server.client.put("\(bucket)/b", "v")["ETag"])
            var beat = try #require(try stream.readBlock())
            while !beat.comments.contains("heartbeat") { beat = try #require(try stream.readBlock()) }
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(beat.data.isEmpty)
            // What has no event here is behind it all the same.
            let position = try #require(beat.id.flatMap(EventPosition.init))
            #expect(try position >= #require(EventPosition(String(revision.dropFirst().dropLast()))))
        }
    }

    @Test func whoMayListMayWatch() async throws {
        try await withServer { server in
            let port = server.port
            func check(_ bucket: String, _ statuses: [(query: String, status: Int)]) throws {
                for (query, status) in statuses {
                    let found = try EventStream.status(port, "\(bucket)/?watch=true\(query)")
                    #expect(found == status, "\(query)")
                }
            }
            try check(try server.client.makeBucket(), [("", 200), ("&key=x", 401)])
            let secret = try server.client.makeBucket("secret_key=s&signing_key=sign")
            try check(secret, [("", 401), ("&key=s", 200), ("&key=x", 401)])
            let keys = try server.client.makeBucket("secret_key=s&read_key=r&write_key=w")
            try check(keys, [("", 401), ("&key=s", 200), ("&key=r", 200), ("&key=w", 403)])
            let reader = try server.client.makeToken(secret, "prefix=a&permissions=read", secret: "s")
            let lister = try server.client.makeToken(secret, "prefix=a&permissions=enumerate", secret: "s")
            let writer = try server.client.makeToken(secret, "prefix=a&permissions=write,delete", secret: "s")
            for token in [reader, lister] {
                try check(
                    secret,
                    [("", 200), ("&prefix=", 200), ("&prefix=ab", 200), ("&prefix=b", 403)].map {
                        ("\($0.0)&key=\(token)", $0.1)
                    })
            }
            try check(
                secret,
                [
                    ("&values=true&key=\(reader)", 200), ("&values=true&key=\(lister)", 403), ("&key=\(writer)", 403),
                ])
            #expect(try EventStream.status(port, "/no-such-bucket-abc/?watch=true") == 404)
            let stream = try EventStream(port, "\(secret)/?watch=true&key=\(lister)")
            for key in ["b", "a1", "c", "a2"] { try server.client.put("\(secret)/\(key)", "v") }
            #expect(try stream.readEvents(2).map { try $0.summary() } == ["set a1", "set a2"])
        }
    }

    @Test func anIDThatIsNoneIsRefused() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for id in ["abc", "-1", "1.", ".1", "1.2.3", "1,2", "0x1", "99999999999999999999999"] {
                let status = try EventStream.status(server.port, "\(bucket)/?watch=true", lastID: id)
                #expect(status == 400, "\(id)")
                #expect(try EventStream.status(server.port, "\(bucket)/?watch=true&since=\(id)") == 400, "\(id)")
            }
        }
    }

    @Test func aStreamEndsWithItsCredential() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&read_key=r&signing_key=sign")
            let token = try server.client.makeToken(bucket, "permissions=read&ttl=4", secret: "s")
            let ofToken = try EventStream(server.port, "\(bucket)/?watch=true&key=\(token)")
            let ofReader = try EventStream(server.port, "\(bucket)/?watch=true&key=r")
            let ofOwner = try EventStream(server.port, "\(bucket)/?watch=true&key=s")
            #expect(try ofToken.readToEnd().isEmpty)
            #expect(try EventStream.status(server.port, "\(bucket)/?watch=true&key=\(token)") == 401)
            #expect(try server.client.patch("\(bucket)?key=s", "read_key=other").status == 200)
            #expect(try ofReader.readToEnd().isEmpty)
            #expect(try EventStream.status(server.port, "\(bucket)/?watch=true&key=r") == 401)
            try server.client.put("\(bucket)/k", "v")
            #expect(try ofOwner.readEvents(1).map { try $0.summary() } == ["set k"])
        }
    }

    @Test func aStreamEndsWithItsBucket() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s")
            let stream = try EventStream(server.port, "\(bucket)/?watch=true&key=s")
            let otherBucket = try server.client.makeBucket()
            let other = try EventStream(server.port, "\(otherBucket)/?watch=true")
            try server.client.put("\(bucket)/k", "v")
            #expect(try stream.readEvents(1).map { try $0.summary() } == ["set k"])
            #expect(try server.client.delete("\(bucket)?key=s").status == 200)
            #expect(try stream.readToEnd().isEmpty)
            let target = "\(bucket)/?watch=true&key=s"
            #expect(try EventStream.status(server.port, target, lastID: stream.lastID) == 410)
            try server.client.put("\(otherBucket)/k", "v")
            #expect(try other.readEvents(1).map { try $0.summary() } == ["set k"])
        }
    }
}
