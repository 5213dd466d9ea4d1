import Foundation
import Testing

/// When keys go.
@Suite(.server)
struct ExpiryTests {
    @Test func aKeyIsThereUntilItsMillisecondAndThenGoneFromReadsAndLists() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/stays", "v").status == 200)
            let start = ContinuousClock.now
            #expect(try server.client.put("\(bucket)/goes?ttl=0.75", "v").status == 200)
            let answered = ContinuousClock.now
            var reads = 0
            while true {
                let status = try server.client.get("\(bucket)/goes").status
                let now = ContinuousClock.now
                if now - start < .milliseconds(749) {
                    #expect(status == 200)
                    reads += 1
                }
                if status == 404 { break }
                #expect(now - answered < .seconds(5), "the key outlived its time")
                if now - answered > .seconds(5) { break }
            }
            #expect(reads > 0)
            #expect(try server.client.get("\(bucket)/").text == "stays\n")
            #expect(try server.client.get("\(bucket)/?values=true&format=json").text == #"[["stays","v"]]"#)
            #expect(try server.client.delete("\(bucket)/goes").status == 404)
            #expect(try server.client.patch("\(bucket)/goes", "+5").text == "5")
        }
    }

    @Test func settingAndIncrementingStartTheTimeAnew() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("default_ttl=0")
            for key in ["set", "patched", "forever", "left"] {
                #expect(try server.client.put("\(bucket)/\(key)?ttl=1", "1").status == 200)
            }
            #expect(try server.client.put("\(bucket)/set?ttl=60", "2").status == 200)
            #expect(try server.client.patch("\(bucket)/patched?ttl=60", "+1").text == "2")
            #expect(try server.client.patch("\(bucket)/forever", "+1").text == "2")
            let isGone = try eventually(within: .seconds(5)) { try server.client.get("\(bucket)/left").status == 404 }
            #expect(isGone)
            #expect(try server.client.get("\(bucket)/").text == "forever\npatched\nset\n")
        }
    }

    @Test func aPatchShortensTheTimeToo() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/k", "1").status == 200)
            #expect(try server.client.patch("\(bucket)/k?ttl=0.2", "+1").text == "2")
            let isGone = try eventually(within: .seconds(5)) { try server.client.get("\(bucket)/k").status == 404 }
            #expect(isGone)
        }
    }

    @Test func theBucketsDefaultCountsForKeysWrittenAfterIt() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&default_ttl=0")
            #expect(try server.client.put("\(bucket)/before", "v").status == 200)
            #expect(try server.client.patch("\(bucket)?key=s", "default_ttl=1").status == 200)
            for (key, query) in [("short", ""), ("long", "?ttl=60"), ("forever", "?ttl=0")] {
                #expect(try server.client.put("\(bucket)/\(key)\(query)", "v").status == 200)
            }
            #expect(try server.client.patch("\(bucket)/counter", "+1").status == 200)
            let isGone = try eventually(within: .seconds(5)) {
                let short = try server.client.get("\(bucket)/short").status
                return try short == 404 && server.client.get("\(bucket)/counter").status == 404
            }
            #expect(isGone)
            #expect(try server.client.get("\(bucket)/?key=s").text == "before\nforever\nlong\n")
        }
    }

    @Test func expiryHoldsAfterARestart() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let bucket = try server.client.makeBucket()
        #expect(try server.client.put("\(bucket)/short?ttl=1", "v").status == 200)
        #expect(try server.client.put("\(bucket)/long?ttl=600", "v").status == 200)
        #expect(try server.stop() == .code(0))
        server = try ServerProcess(data: folder.file("data"))
        let isGone = try eventually(within: .seconds(5)) { try server.client.get("\(bucket)/short").status == 404 }
        #expect(isGone)
        #expect(try server.client.get("\(bucket)/").text == "long\n")
        #expect(try server.stop() == .code(0))
    }
}
