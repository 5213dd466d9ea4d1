import HTTPServer
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("Who may do what")
struct AccessTests {
    /// The table of the API, row by row: who may, and nil for anyone; an empty set for nobody.
    static func allowed(_ permission: Permission, secret: Bool, read: Bool, write: Bool) -> Set<String>? {
        switch permission {
        case .read: read ? (secret ? ["read", "secret"] : ["read"]) : nil
        case .write: write ? (secret ? ["write", "secret"] : ["write"]) : nil
        case .list: read ? (secret ? ["read", "secret"] : ["read"]) : secret ? ["secret"] : nil
        case .manage: secret ? ["secret"] : []
        }
    }

    @Test("Every bucket, permission and credential is answered as the table says")
    func table() throws {
        let serverSecret = try #require(ServerSecret([UInt8](repeating: 1, count: 32)))
        for bits in 0..<8 {
            let (secret, read, write) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
            var keys = AccessKeys()
            if secret { keys.setSecret(Array("secret".utf8), with: serverSecret) }
            if read { keys.setRead(Array("read".utf8), with: serverSecret) }
            if write { keys.setWrite(Array("write".utf8), with: serverSecret) }
            let access = BucketAccess(keys: keys, serverSecret: serverSecret)
            let existing = Set([secret ? "secret" : nil, read ? "read" : nil, write ? "write" : nil].compactMap { $0 })
            for permission in [Permission.read, .write, .list, .manage] {
                let allowed = Self.allowed(permission, secret: secret, read: read, write: write)
                for shown in [nil, "secret", "read", "write", "wrong", "malformed"] as [String?] {
                    let credential: Credential =
                        switch shown {
                        case nil: .none
                        case "malformed": .malformed
                        case let key?: .key(Array(key.utf8))
                        }
                    let expected: Int =
                        if permission == .manage, !secret {
                            403
                        } else if let shown, !existing.contains(shown) {
                            401
                        } else if allowed == nil {
                            200
                        } else if let shown {
                            allowed?.contains(shown) == true ? 200 : 403
                        } else {
                            401
                        }
                    let status: Int
                    do throws(APIError) {
                        try access.require(permission, credential)
                        status = 200
                    } catch {
                        status = error.status.code
                    }
                    #expect(status == expected, "\(permission) with \(shown ?? "nothing") on \(existing.sorted())")
                }
            }
        }
    }

    @Test("A key of two roles has both")
    func sharedKey() throws {
        let serverSecret = try #require(ServerSecret([UInt8](repeating: 1, count: 32)))
        var keys = AccessKeys()
        keys.setRead([1], with: serverSecret)
        keys.setWrite([1], with: serverSecret)
        let access = BucketAccess(keys: keys, serverSecret: serverSecret)
        try access.require(.read, .key([1]))
        try access.require(.write, .key([1]))
    }

    @Test("A missing credential is asked for")
    func challenge() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket("secret_key=s")
        let answer = try await test.send(.get, "/\(bucket)/")
        #expect(answer.status == 401)
        #expect(answer.field("WWW-Authenticate")?.hasPrefix("Basic ") == true)
        try await test.close()
    }
}
