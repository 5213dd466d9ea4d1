import HTTPServer
import StorageTesting
import Testing

@testable import KVdbAPI

@Suite("Access in random cases")
struct AccessPropertyTests {
    @Test("100,000 requests are answered as the tables say, and change and tell no more than that")
    func tables() async throws {
        // Two servers at once, for two processors.
        async let one = Self.statuses(of: 50_000, seed: 20)
        async let other = Self.statuses(of: 50_000, seed: 21)
        let counts = try await one.merging(other, uniquingKeysWith: +)
        for status in [200, 401, 403, 404] {
            #expect(counts[status] ?? 0 > 1000, "\(counts)")
        }
    }

    /// Sends random requests to a server of their own, whose answers are as the model says, and counts their statuses.
    private static func statuses(of requestCount: Int, seed: UInt64) async throws -> [Int: Int] {
        let clock = TestClock()
        let test = try TestAPI.make(clock: { clock.now })
        var cases = AccessCases(random: SeededGenerator(seed: seed))
        var buckets: [ModelBucket] = []
        for bits in UInt8(0)..<16 {
            buckets.append(try await Self.makeBucket(test, BucketKeys(rawValue: bits), &cases, now: clock.seconds))
        }
        // What was good for a moment is not any more.
        clock.advance(seconds: 10)
        var counts: [Int: Int] = [:]
        var failures: [String] = []
        for number in 0..<requestCount {
            let index = number % buckets.count
            let (text, shown) = cases.element(of: buckets[index].credentials, or: ("", .none))
            let step = try await Self.step(test, &buckets[index], text, shown, &cases)
            counts[step.status, default: 0] += 1
            if let failure = step.failure { failures.append("case \(number): \(failure)") }
            if failures.count > 5 { break }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        try await test.close()
        return counts
    }

    /// Sends one random request.
    ///
    /// - Returns: its status, and what is wrong with the answer, if anything is.
    private static func step(
        _ test: TestAPI, _ bucket: inout ModelBucket, _ credential: String, _ shown: ShownCredential,
        _ cases: inout AccessCases
    ) async throws -> (status: Int, failure: String?) {
        let operation = cases.operation()
        let (key, path) = cases.path(of: cases.key())
        var target = "/\(bucket.id)/"
        var query: [String] = []
        let method: Method
        var body = "7"
        switch operation {
        case .get: (method, target) = (.get, target + path)
        case .head: (method, target) = (.head, target + path)
        case .put: (method, target) = (.put, target + path)
        case .post: (method, target) = (.post, target + path)
        case .patch: (method, target) = (.patch, target + path)
        case .delete: (method, target) = (.delete, target + path)
        case .list(let prefix, let values):
            method = .get
            if let prefix { query.append("prefix=\(cases.encodeMixed(prefix))") }
            query.append("values=\(values)")
        case .watch(let prefix, let values):
            method = .get
            query.append("watch=true&values=\(values)")
            if let prefix { query.append("prefix=\(cases.encodeMixed(prefix))") }
        case .transaction(let steps):
            method = .post
            body = #"{"txn":[\#(steps.map(json).joined(separator: ","))]}"#
        }
        var headers: [(String, String)] = []
        switch Int.random(in: 0..<4, using: &cases.random) {
        case 0: headers = [basic(credential)]
        case 1: headers = [("Authorization", "Bearer \(credential)")]
        case 2: query.append("key=\(credential)")
        default: query.append("access_token=\(credential)")
        }
        if !query.isEmpty { target += "?" + query.joined(separator: "&") }
        let answer = try await test.send(method, target, body, headers)
        let expected = expect(operation, key, shown, &bucket)
        guard answer.status == expected.status, expected.text == nil || answer.text == expected.text else {
            return (
                answer.status,
                """
                \(method.name) \(target) with \(shown) of a bucket with \(bucket.keys): \(answer.status) \(answer.text), \
                not \(expected.status) \(expected.text ?? "")
                """
            )
        }
        return (answer.status, nil)
    }

    /// What a request should be answered, after which the model is changed as the bucket should be.
    private static func expect(
        _ operation: Operation, _ key: [UInt8], _ shown: ShownCredential, _ bucket: inout ModelBucket
    ) -> (status: Int, text: String?) {
        let isReserved = TransactionStep(kind: .get, key: key).isReserved
        if isReserved, operation.isOfKey { return (404, nil) }
        if case .transaction(let steps) = operation, steps.contains(where: \.isReserved) {
            // Who is known at all is told that the body can't be read.
            let verdict = AccessOracle(keys: bucket.keys).verdict(on: .transaction([]), key: [], with: shown)
            return (verdict == .allowed ? 400 : verdict.rawValue, nil)
        }
        let verdict = AccessOracle(keys: bucket.keys).verdict(on: operation, key: key, with: shown)
        guard verdict == .allowed else { return (verdict.rawValue, nil) }
        switch operation {
        case .get, .head:
            return bucket.values[key].map { (200, String($0)) } ?? (404, nil)
        case .put, .post:
            bucket.values[key] = 7
            return (200, "")
        case .patch:
            let sum = bucket.values[key, default: 0] + 7
            bucket.values[key] = sum
            return (200, String(sum))
        case .delete:
            return bucket.values.removeValue(forKey: key) == nil ? (404, nil) : (200, "")
        case .list(let requested, let values):
            let prefix = AccessOracle.listPrefix(requested, with: shown)
            let found = bucket.values.filter { $0.key.starts(with: prefix) }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            let lines = found.map { key, value in key + (values ? Array("=\(value)\n".utf8) : [0x0A]) }
            return (200, String(decoding: lines.joined(), as: UTF8.self))
        case .watch:
            return (200, nil)
        case .transaction(let steps):
            return (run(steps, &bucket), nil)
        }
    }

    private static func json(_ step: TransactionStep) -> String {
        let key = #"{"base64":"\#(base64(step.key))"}"#
        return switch step.kind {
        case .get: #"{"get":\#(key)}"#
        case .set: #"{"set":\#(key),"value":7}"#
        case .incr: #"{"incr":\#(key),"by":7}"#
        case .delete: #"{"delete":\#(key)}"#
        case .checkAbsence: #"{"check":\#(key),"version":null}"#
        }
    }

    /// - Returns: the status, after which the model is changed by all steps or by none.
    private static func run(_ steps: [TransactionStep], _ bucket: inout ModelBucket) -> Int {
        var values = bucket.values
        for step in steps {
            switch step.kind {
            case .get: break
            case .set: values[step.key] = 7
            case .incr: values[step.key, default: 0] += 7
            case .delete: values[step.key] = nil
            case .checkAbsence: if values[step.key] != nil { return 412 }
            }
        }
        bucket.values = values
        return 200
    }

    // MARK: Buckets and what is shown to them

    private static func makeBucket(
        _ test: TestAPI, _ keys: BucketKeys, _ cases: inout AccessCases, now: Int64
    ) async throws -> ModelBucket {
        var form = "default_ttl=0"
        // One that looks like a token.
        if keys.contains(.secret) { form += "&secret_key=se.cr.et" }
        if keys.contains(.read) { form += "&read_key=read" }
        if keys.contains(.write) { form += "&write_key=write" }
        if keys.contains(.signing) { form += "&signing_key=signing" }
        let id = try await test.makeBucket(form)
        var bucket = ModelBucket(id: id, keys: keys)
        for key in AccessCases.keys.prefix(20) {
            let path = key.map { "%" + String(Int($0) + 256, radix: 16).dropFirst() }.joined()
            let answer = try await test.send(.put, "/\(id)/\(path)", "1", keys.contains(.write) ? [basic("write")] : [])
            #expect(answer.status == 200)
            bucket.values[key] = 1
        }
        for _ in 0..<10 {
            bucket.credentials += [
                ("", .none), ("se.cr.et", .key(.secret)), ("read", .key(.read)), ("write", .key(.write)),
            ]
        }
        bucket.credentials += [("wrong", .wrong), ("a.b.c", .wrong), ("signing", .wrong), (id, .wrong)]
        for _ in 0..<(keys.contains(.signing) ? 80 : 8) {
            let prefix = cases.prefix()
            let permissions = cases.permissions()
            let good = token(for: id, prefix, permissions, expiry: now + 3600)
            bucket.credentials.append((good, .token(prefix: prefix, permissions: Set(permissions))))
        }
        for _ in 0..<2 {
            let prefix = cases.prefix()
            let good = token(for: id, prefix, ["read", "write"], expiry: now + 3600)
            bucket.credentials += [
                (token(for: id, prefix, ["read", "write"], expiry: now + 10), .wrong),
                (token(for: id, prefix, ["read", "write"], expiry: now + 3600, key: ""), .wrong),
                (token(for: "AAAAAAAAAAAAAAAAAAAAAA", prefix, ["read", "write"], expiry: now + 3600), .wrong),
                (good.dropLast(4) + (good.hasSuffix("AAAA") ? "BBBB" : "AAAA"), .wrong),
            ]
        }
        return bucket
    }

    private static func token(
        for bucket: String, _ prefix: [UInt8], _ permissions: [String], expiry: Int64, key: String = "signing"
    ) -> String {
        let claims = TestJWT.claims(
            for: bucket, prefix: #"{"base64":"\#(base64(prefix))"}"#, permissions: permissions, expiry: expiry)
        return TestJWT.make(claims, key: key)
    }
}
