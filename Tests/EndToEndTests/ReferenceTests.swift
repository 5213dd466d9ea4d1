import Foundation
import Testing

/// The command lines of the KVdb reference, as it prints them.
@Suite(.server)
struct ReferenceTests {
    @Test func aBucketIsMadeWithCurlAndAnswersWithItsIDAsText() async throws {
        try await withServer { server in
            let result = try Shell.run("curl -d 'email=user@example.com' https://kvdb.io", server)
            #expect(result.status == .code(0))
            #expect(result.output.wholeMatch(of: /[0-9A-Za-z]{22}/) != nil, "\(result.output)")
        }
    }

    @Test func aBucketIsMadeWithKeysAndAnExpiry() async throws {
        try await withServer { server in
            let id = try makeProtectedBucket(server)
            #expect(id.wholeMatch(of: /[0-9A-Za-z]{22}/) != nil, "\(id)")
            #expect(try server.client.put("/\(id)/hello", "world").status == 401)
            #expect(try server.client.put("/\(id)/hello?key=knock", "world").status == 200)
        }
    }

    @Test func theKeyIsTheBasicUserNameOrInTheQueryString() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=mykey&read_key=other")
            try server.client.put("\(bucket)/KEY", "value")
            let id = String(bucket.dropFirst())
            let basic = try Shell.run(
                """
                # Provide the key as the username using HTTP Basic authentication
                curl https://kvdb.io/BUCKET/KEY
                  -u 'mykey:'
                """, server, bucket: id)
            #expect(basic.status == .code(0))
            #expect(basic.output == "value")
            let query = try Shell.run("curl https://kvdb.io/BUCKET/KEY?key=mykey", server, bucket: id)
            #expect(query.status == .code(0))
            #expect(query.output == "value")
            let none = try Shell.run("curl -f https://kvdb.io/BUCKET/KEY", server, bucket: id)
            #expect(none.status == .code(22))
            #expect(none.errorOutput.contains("401"))
        }
    }

    @Test func aKeyIsSetReadAndDeleted() async throws {
        try await withServer { server in
            let id = try publicBucket(server)
            let set = try Shell.run(
                """
                # Set key
                curl https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/hello \\
                     -d 'world'
                """, server, bucket: id)
            #expect(set.status == .code(0))
            #expect(set.output == "")
            let expiring = try Shell.run(
                """
                # Set key with a 30 second expiry
                curl https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/hello?ttl=30 \\
                     -d 'world'
                """, server, bucket: id)
            #expect(expiring.status == .code(0))
            #expect(expiring.output == "")
            let get = "curl -f https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/hello"
            #expect(try Shell.run(get, server, bucket: id).output == "world")
            let delete = try Shell.run(
                """
                # Delete key
                curl https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/hello \\
                     -XDELETE
                """, server, bucket: id)
            #expect(delete.status == .code(0))
            #expect(delete.output == "")
            let gone = try Shell.run(get, server, bucket: id)
            #expect(gone.status == .code(22))
            #expect(gone.errorOutput.contains("404"))
        }
    }

    @Test func aCounterThatIsMissingBeginsAtZero() async throws {
        try await withServer { server in
            let id = try publicBucket(server)
            let command = """
                # Increment counter by 1
                curl https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/visits
                     -d '+1'
                     -XPATCH
                """
            let first = try Shell.run(command, server, bucket: id)
            #expect(first.status == .code(0))
            #expect(first.output == "1")
            #expect(try Shell.run(command, server, bucket: id).output == "2")
        }
    }

    @Test func aBucketBecomesReadOnlyByAWriteKey() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=supersecret")
            #expect(try server.client.put("\(bucket)/hello", "world").status == 200)
            let update = try Shell.run(
                """
                # Make bucket read-only
                curl https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF \\
                     -d 'write_key=knock' \\
                     -u 'supersecret:' \\
                     -XPATCH
                """, server, bucket: String(bucket.dropFirst()))
            #expect(update.status == .code(0))
            #expect(update.output == "")
            #expect(try server.client.put("\(bucket)/hello", "moon").status == 401)
            #expect(try server.client.get("\(bucket)/hello").text == "world")
        }
    }

    @Test func listsAreTextPrefixedAndJSON() async throws {
        try await withServer { server in
            let id = try makeProtectedBucket(server)
            for (key, value) in [("visitors", "101"), ("flavor-today", "coconut")] {
                #expect(try server.client.put("/\(id)/\(key)?key=knock", value).status == 200)
            }
            let all = try Shell.run(
                """
                # List keys
                curl https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/ \\
                     -u 'supersecret:'
                """, server, bucket: id)
            #expect(all.output == "flavor-today\nvisitors\n")
            let json = try Shell.run(
                """
                # List keys and their values as JSON
                curl 'https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/?values=true&format=json' \\
                     -u 'supersecret:'
                """, server, bucket: id)
            #expect(json.output == #"[["flavor-today","coconut"],["visitors",101]]"#)
            for key in ["hits_2018-01", "hits_2018-02", "hits_2019-01"] {
                #expect(try server.client.patch("/\(id)/\(key)?key=knock", "+1").text == "1")
            }
            let prefixed = try Shell.run(
                """
                # List keys with the prefix hits_2018
                curl 'https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/?prefix=hits_2018' \\
                     -u 'supersecret:'
                """, server, bucket: id)
            #expect(prefixed.status == .code(0))
            #expect(prefixed.output == "hits_2018-01\nhits_2018-02\n")
        }
    }

    @Test func aBucketIsDeleted() async throws {
        try await withServer { server in
            let id = try makeProtectedBucket(server)
            let result = try Shell.run(
                """
                # Delete bucket
                curl https://kvdb.io/N7cmQg1DwZbADh2Hu3NncF/ \\
                     -XDELETE
                     -u 'supersecret:'
                """, server, bucket: id)
            #expect(result.status == .code(0))
            #expect(result.output == "")
            #expect(try server.client.get("/\(id)/").status == 410)
        }
    }

    private func publicBucket(_ server: ServerProcess) throws -> String {
        try Shell.run("curl -d 'email=user@example.com' https://kvdb.io", server).output
    }

    private func makeProtectedBucket(_ server: ServerProcess) throws -> String {
        let command = """
            # Create a new bucket with a secret_key, write_key,
            # and set all keys to expire after 1 hour
            curl https://kvdb.io \\
                 -d 'email=user@example.com' \\
                 -d 'secret_key=supersecret' \\
                 -d 'write_key=knock' \\
                 -d 'default_ttl=3600'
            """
        return try Shell.run(command, server).output
    }
}
