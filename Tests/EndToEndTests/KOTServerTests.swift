import Foundation
import Testing

/// KOT's databases on a server that has buckets, too.
@Suite(.server)
struct KOTServerTests {
    @Test func bucketsAndDatabasesOfOneNameDoNotSeeEachOther() async throws {
        try await withServer(KOTClient.flags + ["--open-buckets"]) { server in
            let kot = try KOTClient(server)
            #expect(try server.client.put("/shared-name/k", "bucket's").status == 200)
            #expect(try kot.databases() == [])
            #expect(try kot.get("shared-name", "k").text == "null\n")
            #expect(try kot.set("shared-name", "k", #""database's""#).text == "Data set successfully")
            #expect(try server.client.get("/shared-name/").text == "k\n")
            #expect(try server.client.get("/shared-name/k").text == "bucket's")
            #expect(try kot.get("shared-name", "k").text == "\"database's\"\n")
            #expect(try kot.send("GET", "/database/delete_all").text == "All database deleted successfully")
            #expect(try server.client.get("/shared-name/k").text == "bucket's")
            #expect(try kot.set("shared-name", "l", "1").status == 200)
            #expect(try server.client.delete("/shared-name/k").status == 200)
            #expect(try kot.databases() == ["shared-name"])
            #expect(try kot.get("shared-name", "l").text == "1\n")
        }
    }

    @Test func theirPathsGoBeforeKeysOfBucketsThatAreNamedLikeThem() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"), ["--open-buckets"])
        for key in ["/database/list", "/database/other", "/controller/set"] {
            #expect(try server.client.put(key, "bucket's").status == 200)
        }
        #expect(try server.client.get("/database/list").text == "bucket's")
        #expect(try server.stop() == .code(0))

        server = try ServerProcess(data: folder.file("data"), KOTClient.flags + ["--open-buckets"])
        #expect(try server.client.get("/database/list").status == 401)
        #expect(try KOTClient(server).send("GET", "/database/list").text == "{}\n")
        #expect(try server.client.send("POST", "/controller/set").status == 401)
        #expect(try server.client.get("/database/other").text == "bucket's")
        #expect(try server.client.get("/database/?values=true").text == "list=bucket's\nother=bucket's\n")
        #expect(try server.stop() == .code(0))
    }

    @Test func aPasswordOfTheEnvironmentAndTheLimitsOfFlagsHold() async throws {
        let flags = [
            "--kot-restricted", "database_delete_all,get_all", "--kot-key-lenght", "3", "--value_lenght", "1KiB",
        ]
        let environment = ["KVICK_KOT_PASSWORD": KOTClient.password, "KVICK_KOT_MAXIMUM_KEY_AMOUNT": "2"]
        let folder = try TemporaryFolder()
        for round in 0..<2 {
            let server = try ServerProcess(data: folder.file("data"), flags, environment: environment)
            let kot = try KOTClient(server)
            // What was made before the restart counts.
            #expect(try kot.set("d", "a\(round)", "1").status == 200)
            if round == 1 { #expect(try kot.set("d", "b", "1").text.hasPrefix("You cant create more keys.\n")) }
            #expect(try kot.set("d", "aaaa", "1").status == 403)
            #expect(try kot.set("d", "a\(round)", "\"\(String(repeating: "v", count: 1025))\"").status == 403)
            #expect(try kot.send("GET", "/database/delete_all").status == 403)
            #expect(try kot.text("/controller/get_all", of: "d").hasPrefix("Access to this URL is restricted.\n"))
            #expect(try kot.text("/controller/get_count", of: "d") == "\(round + 1)\n")
            let informations = try kot.send("GET", "/informations").json() as? [String: Any]
            #expect(informations?["maximum_key_amount"] as? Int == 2)
            #expect(informations?["key_lenght"] as? Int == 3)
            #expect(informations?["value_lenght"] as? Int == 1024)
            #expect(informations?["restricted"] as? [String] == ["database_delete_all", "get_all"])
            #expect(try server.stop() == .code(0))
        }
    }

    @Test func pastTheirRateLimitAnswersAre429AndBucketsGoOn() async throws {
        try await withServer(KOTClient.flags + ["--kot-rate-limit", "3 per hour, 1000 per day"]) { server in
            let kot = try KOTClient(server)
            for _ in 0..<3 { #expect(try kot.send("GET", "/database/list").status == 200) }
            let refused = try kot.send("GET", "/database/list")
            #expect(refused.status == 429)
            #expect(refused["Retry-After"].flatMap { Int($0) }.map { (3000...3600).contains($0) } == true)
            #expect(try server.client.send("POST", "/").status == 200)
        }
    }

    @Test(arguments: [
        (["--kot-password", ""], "--kot-password"), (["--kot-restricted", "nothing"], "--kot-restricted"),
        (["--kot-rate-limit", "often"], "--kot-rate-limit"),
        (["--kot-maximum-key-amount", "-1"], "--kot-maximum-key-amount"),
        (["--kot-key-lenght", "0"], "--kot-key-lenght"), (["--kot-value-lenght", "1TiB"], "--kot-value-lenght"),
        (["--kot-access-key", "a,,b"], "--kot-access-key"),
    ])
    func aSettingThatCanNotBeEndsTheProgramWithOneLine(flags: [String], name: String) throws {
        let folder = try TemporaryFolder()
        let result = try Kvick.run(
            ["serve", "--port", "0", "--data", folder.file("data"), "--kot-password", "pass"] + flags)
        #expect(result.status != .code(0))
        #expect(result.errorOutput.contains(name), "\(result.errorOutput)")
        #expect(result.errorOutput.split(separator: "\n").count == 1)
    }

    @Test func aGuesserIsSlowedDownWhileTheOwnerOfThePasswordIsServed() async throws {
        try await withServer(KOTClient.flags) { server in
            let guess = Client.request(
                "GET", "/database/list", [("Authorization", "Basic " + Data(":wrong".utf8).base64EncodedString())])
            let guesser = try Connection(port: server.port)
            var times: [Duration] = []
            for _ in 0..<6 {
                let start = ContinuousClock.now
                try guesser.write(guess)
                #expect(try guesser.readResponse().status == 401)
                times.append(ContinuousClock.now - start)
            }
            #expect(
                times[3] >= .milliseconds(90) && times[4] >= .milliseconds(190) && times[5] >= .milliseconds(390),
                "\(times)")
            try guesser.write(guess)
            let start = ContinuousClock.now
            #expect(try KOTClient(server).send("GET", "/database/list").status == 200)
            let served = ContinuousClock.now
            #expect(try guesser.readResponse().status == 401)
            // The owner came after the guess and was answered before it.
            #expect(ContinuousClock.now - start >= .milliseconds(700))
            #expect(served - start < ContinuousClock.now - start)
        }
    }
}
