import Foundation
import Testing

/// What those who run a server ask of it.
@Suite(.server) struct OperationsTests {
    /// The samples of the metrics, by name and labels as they are written.
    private func metrics(_ server: ServerProcess, _ headers: [(String, String)] = []) throws -> [String: Double] {
        let response = try server.client.send("GET", "/-/metrics", headers)
        #expect(response.status == 200)
        #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = response.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Dictionary(
            lines.compactMap { line in
                line.lastIndex(of: " ").flatMap { space in
                    Double(line[line.index(after: space)...]).map { (String(line[..<space]), $0) }
                }
            }, uniquingKeysWith: { $1 })
    }

    @Test func metricsCountWhatWasDone() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for number in 0..<3 { #expect(try server.client.put("\(bucket)/\(number)", "v").status == 200) }
            for _ in 0..<5 { #expect(try server.client.get("\(bucket)/0").text == "v") }
            #expect(try server.client.get("\(bucket)/none").status == 404)
            #expect(try server.client.get("\(bucket)/").status == 200)
            let metrics = try metrics(server)
            let requests = { (labels: String) in metrics["kvick_http_requests_total{\(labels)}"] }
            #expect(requests(#"route="buckets",method="POST",status="200""#) == 1)
            #expect(requests(#"route="key",method="PUT",status="200""#) == 3)
            #expect(requests(#"route="key",method="GET",status="200""#) == 5)
            #expect(requests(#"route="key",method="GET",status="404""#) == 1)
            #expect(requests(#"route="list",method="GET",status="200""#) == 1)
            #expect(metrics[#"kvick_http_request_duration_seconds_count{route="key"}"#] == 9)
            #expect(metrics[#"kvick_http_request_duration_seconds_bucket{route="key",le="+Inf"}"#] == 9)
            // Only the request for the metrics themselves.
            #expect(metrics["kvick_http_requests_in_flight"] == 1)
            #expect(metrics["kvick_store_commit_commands_sum"] == 4)
            #expect(metrics["kvick_store_sync_duration_seconds_count"] == 4)
            let hits = try #require(metrics[#"kvick_store_record_cache_reads_total{result="hit"}"#])
            #expect(hits >= 4)
            #expect(try #require(metrics["kvick_store_disk_bytes"]) > 0)
            #expect(try #require(metrics["process_resident_memory_bytes"]) > 1_048_576)
        }
    }

    @Test func metricsAreForThoseWithTheAdminToken() async throws {
        try await withServer(environment: ["KVICK_ADMIN_TOKEN": "0123456789abcdef"]) { server in
            #expect(try server.client.get("/-/metrics").status == 401)
            #expect(try server.client.get("/-/ready").text == "ready\n")
            let metrics = try metrics(server, [("Authorization", "Bearer 0123456789abcdef")])
            #expect(metrics[#"kvick_http_requests_total{route="metrics",method="GET",status="401"}"#] == 1)
        }
    }

    @Test func aServerWhoseFolderIsGoneIsNotReady() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        #expect(try server.client.get("/-/ready").status == 200)
        try FileManager.default.moveItem(atPath: server.data, toPath: folder.file("moved"))
        let response = try server.client.get("/-/ready")
        #expect(response.status == 503)
        #expect(response.text.hasPrefix("not ready: the store takes no writes"))
        #expect(try server.client.get("/-/health").status == 200)
        server.process.signal(SIGKILL)
        try server.process.wait(upTo: .seconds(10))
    }

    @Test func theAccessLogHasALineForEachRequestAndNoSecrets() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--access-log"])
        let bucket = try server.client.makeBucket("secret_key=hush-hush")
        _ = try server.client.get("\(bucket)/one?key=hush-hush&token=whisper")
        _ = try server.client.send("GET", "\(bucket)/two", [("User-Agent", "a \"b\" \\")])
        #expect(try server.stop() == .code(0))
        let output = server.process.output
        #expect(!output.contains("hush") && !output.contains("whisper"))
        #expect(!output.contains(bucket.split(separator: "/").last.map(String.init) ?? bucket))
        let lines = try output.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        try #require(lines.count == 3)
        #expect(lines.map { $0["route"] as? String } == ["buckets", "key", "key"])
        #expect(lines.map { $0["status"] as? Int } == [200, 404, 404])
        #expect((lines[1]["target"] as? String)?.hasSuffix("*/one?key=*&*") == true)
        #expect(lines[1]["client"] as? String == "127.0.0.1")
        #expect(lines[2]["user_agent"] as? String == "a \"b\" \\")
    }

    @Test func logsAreJSONWhereThatIsAskedFor() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--log-format", "json"])
        #expect(try server.stop() == .code(0))
        #expect(server.process.output.isEmpty)
        let messages = try server.process.errorOutput.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])["message"] as? String
        }
        #expect(messages == ["serving", "stopping", "stopped"])
    }

    @Test func theClientsOfATrustedProxyAreCountedEach() async throws {
        let flags = ["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "10.0.0.1", "--rate-limit", "2/h"]
        try await withServer(flags) { server in
            // Whom each request is from, and how many more it may make.
            let requests: [(addresses: String, remaining: String)] = [
                ("192.0.2.1", "1"), ("192.0.2.1, 10.0.0.1", "0"), ("192.0.2.2, 192.0.2.1", "0"),
                ("192.0.2.1, 192.0.2.2", "1"), ("unknown", "1"),
            ]
            for request in requests {
                let fields = [("X-Forwarded-For", request.addresses)]
                let response = try server.client.send("GET", "/none/k", fields)
                #expect(response["X-Ratelimit-Remaining"] == request.remaining, "\(request.addresses)")
            }
            let refused = try server.client.send("GET", "/none/k", [("X-Forwarded-For", "192.0.2.1")])
            #expect(refused.status == 429)
        }
    }
}
