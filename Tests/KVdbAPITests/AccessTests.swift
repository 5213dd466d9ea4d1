import HTTPAPI
import HTTPServer
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("Who may do what")
struct AccessTests {
    enum Column: CaseIterable {
        case read, write, list, manage

        var action: Action {
            switch self {
            case .read: .get(UnsafeRawBufferPointer(start: nil, count: 0))
            case .write: .set(UnsafeRawBufferPointer(start: nil, count: 0))
            case .list: .list(prefix: [], values: true)
            case .manage: .manage
            }
        }
    }

    /// The table of the API, row by row: who may, and nil for anyone; an empty set for nobody.
    static func allowed(_ column: Column, secret: Bool, read: Bool, write: Bool) -> Set<String>? {
        switch column {
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
            let control = AccessControl(serverSecret: serverSecret, clock: Timestamp.now)
            let bucket = Self.bucket(keys)
            let existing = Set([secret ? "secret" : nil, read ? "read" : nil, write ? "write" : nil].compactMap { $0 })
            for column in Column.allCases {
                let allowed = Self.allowed(column, secret: secret, read: read, write: write)
                for shown in [nil, "secret", "read", "write", "wrong", "malformed"] as [String?] {
                    let credential: Credential =
                        switch shown {
                        case nil: .none
                        case "malformed": .malformed
                        case let key?: .key(Array(key.utf8))
                        }
                    let expected: Int =
                        if column == .manage, !secret {
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
                        if column == .manage {
                            try control.requireManagement(of: bucket, credential)
                        } else {
                            try control.access(to: bucket, credential).require(column.action)
                        }
                        status = 200
                    } catch {
                        status = error.status.code
                    }
                    #expect(status == expected, "\(column) with \(shown ?? "nothing") on \(existing.sorted())")
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
        let control = AccessControl(serverSecret: serverSecret, clock: Timestamp.now)
        let access = try control.access(to: Self.bucket(keys), .key([1]))
        try access.require(Column.read.action)
        try access.require(Column.write.action)
        #expect(access.token?.expiry == nil)
        #expect(access.listPrefix([]) == [] && access.listPrefix([7]) == [7])
    }

    @Test("To check a key's version takes what lets one read or write it")
    func check() throws {
        let serverSecret = try #require(ServerSecret([UInt8](repeating: 1, count: 32)))
        let control = AccessControl(serverSecret: serverSecret, clock: Timestamp.now)
        let check = Action.check(UnsafeRawBufferPointer(start: nil, count: 0))
        var keys = AccessKeys()
        keys.setRead([1], with: serverSecret)
        try control.access(to: Self.bucket(keys), .none).require(check)
        keys.setWrite([2], with: serverSecret)
        for key in [[1], [2]] as [[UInt8]] { try control.access(to: Self.bucket(keys), .key(key)).require(check) }
        let bucket = Self.bucket(keys)
        #expect(throws: APIError.self) { try control.access(to: bucket, .none).require(check) }
    }

    private static func bucket(_ keys: AccessKeys) -> Namespace {
        Namespace(
            kind: .bucket, name: Array("bucket".utf8), id: NamespaceID(rawValue: 1),
            settings: NamespaceSettings(accessKeys: keys))
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
