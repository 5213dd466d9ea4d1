import HTTPServer
import NIOCore
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

// An event that never comes would be waited for without an end.
@Suite("Watching a bucket", .timeLimit(.minutes(2)))
struct WatchRequestTests {
    private let clock = TestClock()

    private func make(_ configure: (inout StoreOptions) -> Void = { _ in }) throws -> TestAPI {
        let clock = clock
        return try TestAPI.make(clock: { clock.now }, configure: configure)
    }

    @Test("Each change comes with its id, its key and, where asked for, its value")
    func changes() async throws {
        let test = try make()
        let bucket = try await test.makeBucket()
        let watch = try await test.watch("/\(bucket)/?watch=true&values=true")
        let plain = try await test.watch("/\(bucket)/?watch=true&prefix=t")
        _ = try await test.send(.put, "/\(bucket)/text", "line\none \"quoted\"")
        _ = try await test.send(.patch, "/\(bucket)/n", "2.5")
        _ = try await test.send(.put, "/\(bucket)/%FF", [0xFE])
        _ = try await test.send(.delete, "/\(bucket)/n")
        _ = try await test.send(.put, "/\(bucket)/t?ttl=1", "x")
        clock.advance(seconds: 1)
        let events = try await watch.next(6)
        let first = try #require(events.first.flatMap { UInt64($0.id) })
        #expect(events.map(\.id) == (0..<6).map { String(first + $0) })
        #expect(events.map(\.name) == ["set", "set", "set", "delete", "set", "expire"])
        #expect(
            events.map(\.data) == [
                #"{"key":"text","revision":"\#(first)","value":"line\none \"quoted\""}"#,
                #"{"key":"n","revision":"\#(first + 1)","value":2.5}"#,
                #"{"key":{"base64":"/w=="},"revision":"\#(first + 2)","value":{"base64":"/g=="}}"#,
                #"{"key":"n","revision":"\#(first + 3)"}"#,
                #"{"key":"t","revision":"\#(first + 4)","value":"x"}"#,
                #"{"key":"t","revision":"\#(first + 5)"}"#,
            ])
        #expect(
            try await plain.next(3).map(\.data) == [
                #"{"key":"text","revision":"\#(first)"}"#, #"{"key":"t","revision":"\#(first + 4)"}"#,
                #"{"key":"t","revision":"\#(first + 5)"}"#,
            ])
        try await watch.cancel()
        try await plain.cancel()
        try await test.close()
    }

    @Test("A JSON value with line ends in it stays one event, and one line")
    func jsonLineEnds() async throws {
        let test = try make()
        let bucket = try await test.makeBucket()
        let watch = try await test.watch("/\(bucket)/?watch=true&values=true")
        let namespace = try #require(try test.store.namespace(.bucket, Array(bucket.utf8)))
        let value = Array("{\"a\":\r\n\n1}".utf8)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            test.store.write(size: 1) { (transaction) throws(StoreError) in
                transaction.set(
                    Record(value: value, type: .json, revision: transaction.revision), namespace, Array("j".utf8))
            } completion: {
                continuation.resume(with: $0)
            }
        }
        let event = try #require(try await watch.next())
        #expect(event.data.hasSuffix(#""value":{"a":   1}}"#))
        let list = try await test.send(.get, "/\(bucket)/?values=true&format=jsonl")
        #expect(list.text == "[\"j\",{\"a\":   1}]\n")
        #expect(try await test.send(.get, "/\(bucket)/j").bytes == value)
        try await watch.cancel()
        try await test.close()
    }

    @Test("What many commits changed comes together, where a watcher was not there for each")
    func coalescing() async throws {
        let test = try make()
        let bucket = try await test.makeBucket()
        let watch = try await test.watch("/\(bucket)/?watch=true")
        for number in 0..<100 { _ = try await test.send(.put, "/\(bucket)/k\(number)", "x") }
        #expect(try await watch.next(100).count == 100)
        // The beginning, and one or two with all events.
        #expect(watch.pieces <= 4)
        try await watch.cancel()
        try await test.close()
    }

    @Test("A watcher that comes back hears of what it missed, each change once")
    func resuming() async throws {
        let test = try make()
        let bucket = try await test.makeBucket()
        let first = try await test.watch("/\(bucket)/?watch=true")
        for number in 0..<5 { _ = try await test.send(.put, "/\(bucket)/k\(number)", "x") }
        let seen = try await first.next(3)
        try await first.cancel()
        _ = try await test.send(.put, "/\(bucket)/k5", "x")
        let header = try await test.watch("/\(bucket)/?watch=true&since=1", [("Last-Event-ID", seen[2].id)])
        #expect(header.lastID == "")
        let rest = try await header.next(3)
        #expect((seen + rest).map { $0.data.prefix(9) } == (0...5).map { #"{"key":"k\#($0)"#.prefix(9) })
        let parameter = try await test.watch("/\(bucket)/?watch=true&since=\(seen[2].id)")
        #expect(try await parameter.next(3) == rest)
        try await header.cancel()
        try await parameter.cancel()
        try await test.close()
    }

    @Test("A watcher that reads slowly finds what memory let go of in the history, and misses nothing")
    func slowReader() async throws {
        let test = try make { $0.recentChangesSize = 20_000 }
        let bucket = try await test.makeBucket()
        let watch = try await test.watch("/\(bucket)/?watch=true&values=true")
        let value = String(repeating: "x", count: 1000)
        for number in 0..<200 { _ = try await test.send(.put, "/\(bucket)/k\(number)", value) }
        let events = try await watch.next(200)
        #expect(events.enumerated().allSatisfy { $1.data.hasPrefix(#"{"key":"k\#($0)","#) })
        // And then goes on with what is new.
        _ = try await test.send(.put, "/\(bucket)/last", value)
        #expect(try await watch.next()?.data.hasPrefix(#"{"key":"last""#) == true)
        try await watch.cancel()
        try await test.close()
    }

    @Test("Where the history does not reach back, or the id is of another store, the watcher is told to begin anew")
    func clearing() async throws {
        let test = try make { $0.historySize = nil }
        let bucket = try await test.makeBucket()
        for number in 0..<3 { _ = try await test.send(.put, "/\(bucket)/k\(number)", "x") }
        for since in ["1", "1.5", "999999999"] {
            let watch = try await test.watch("/\(bucket)/?watch=true&since=\(since)")
            let event = try #require(try await watch.next())
            #expect(event.name == "clear")
            #expect(event.data == #"{"revision":"\#(event.id)"}"#)
            _ = try await test.send(.put, "/\(bucket)/next", "x")
            let next = try #require(try await watch.next())
            #expect(next.data == #"{"key":"next","revision":"\#(next.id)"}"#)
            #expect(UInt64(next.id) == UInt64(event.id).map { $0 + 1 })
            try await watch.cancel()
        }
        try await test.close()
    }

    @Test("What is no id is 400", arguments: ["x", "-1", "1.", "1.x", "1.1.1", "99999999999999999999"])
    func malformedID(text: String) async throws {
        let test = try make()
        let bucket = try await test.makeBucket()
        #expect(try await test.send(.get, "/\(bucket)/?watch=true&since=\(text)").status == 400)
        #expect(try await test.send(.get, "/\(bucket)/?watch=true", [], [("Last-Event-ID", text)]).status == 400)
        // Also where the header counts.
        #expect(
            try await test.send(.get, "/\(bucket)/?watch=true&since=\(text)", [], [("Last-Event-ID", "1")]).status
                == 400)
        try await test.close()
    }

    @Test("In quiet times a heartbeat tells how far the commits are, also those that others hear of")
    func heartbeat() async throws {
        var options = KVdbOptions()
        options.heartbeatInterval = .milliseconds(20)
        let test = try TestAPI.make(options: options)
        let bucket = try await test.makeBucket()
        let watch = try await test.watch("/\(bucket)/?watch=true&prefix=a")
        let other = try await test.makeBucket()
        for number in 0..<10 {
            _ = try await test.send(.put, "/\(bucket)/b\(number)", "x")
            _ = try await test.send(.put, "/\(other)/b\(number)", "x")
        }
        let newest = test.store.changes.revision.description
        while watch.lastID != newest { try await watch.nextHeartbeat() }
        try await watch.cancel()
        try await test.close()
    }

    @Test("A heartbeat comes also while others are told of changes without a pause")
    func heartbeatUnderLoad() async throws {
        var options = KVdbOptions()
        options.heartbeatInterval = .milliseconds(20)
        let test = try TestAPI.make(options: options)
        let bucket = try await test.makeBucket()
        let watch = try await test.watch("/\(bucket)/?watch=true&prefix=a")
        let writer = Task {
            while !Task.isCancelled { _ = try await test.send(.put, "/\(bucket)/b", "x") }
        }
        for _ in 0..<5 { try await watch.nextHeartbeat() }
        writer.cancel()
        try await writer.value
        try await watch.cancel()
        try await test.close()
    }

    @Test("A watch ends with its bucket, its token, its key and its signing key")
    func ends() async throws {
        let test = try make()
        func bucket() async throws -> String { try await test.makeBucket("secret_key=s&read_key=r&signing_key=k") }
        func token(_ bucket: String) async throws -> String {
            try await test.send(
                .post, "/\(bucket)/tokens/", "permissions=read&ttl=60", [basic("s"), ("Accept", "text/plain")]
            ).text
        }
        let (deleted, rekeyed, resigned, timed) = (
            try await bucket(), try await bucket(), try await bucket(), try await bucket()
        )
        let ofDeleted = try await test.watch("/\(deleted)/?watch=true&key=r")
        let ofOldKey = try await test.watch("/\(rekeyed)/?watch=true&key=r")
        let ofSecret = try await test.watch("/\(rekeyed)/?watch=true&key=s")
        let ofOldToken = try await test.watch("/\(resigned)/?watch=true&key=\(try await token(resigned))")
        let ofToken = try await test.watch("/\(timed)/?watch=true&key=\(try await token(timed))")
        _ = try await test.send(.delete, "/\(deleted)", "", [basic("s")])
        _ = try await test.send(.patch, "/\(rekeyed)", "read_key=new", [basic("s")])
        _ = try await test.send(.patch, "/\(resigned)", "signing_key=new", [basic("s")])
        #expect(try await ofDeleted.next() == nil)
        #expect(try await ofOldKey.next() == nil)
        #expect(try await ofOldToken.next() == nil)
        _ = try await test.send(.put, "/\(rekeyed)/k", "x", [basic("s")])
        #expect(try await ofSecret.next()?.name == "set")
        _ = try await test.send(.put, "/\(timed)/k", "x", [basic("s")])
        #expect(try await ofToken.next()?.name == "set")
        clock.advance(seconds: 60)
        #expect(try await ofToken.next() == nil)
        try await ofSecret.cancel()
        try await test.close()
    }

    @Test("Who watches needs what a list needs, and values need what a list with values does")
    func permissions() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&signing_key=k")
        func token(_ permissions: String, _ prefix: String) async throws -> String {
            try await test.send(
                .post, "/\(bucket)/tokens/", "permissions=\(permissions)&prefix=\(prefix)",
                [basic("s"), ("Accept", "text/plain")]
            ).text
        }
        let enumerate = try await token("enumerate", "app")
        let write = try await token("write", "app")
        #expect(try await test.send(.get, "/\(bucket)/?watch=true").status == 401)
        #expect(try await test.send(.get, "/\(bucket)/?watch=true&key=wrong").status == 401)
        #expect(try await test.send(.get, "/\(bucket)/?watch=true&key=\(write)").status == 403)
        #expect(try await test.send(.get, "/\(bucket)/?watch=true&key=\(enumerate)&values=true").status == 403)
        #expect(try await test.send(.get, "/\(bucket)/?watch=true&key=\(enumerate)&prefix=ap").status == 403)
        #expect(try await test.send(.get, "/\(bucket)/?watch=true&key=\(enumerate)&prefix=apple").status == 200)
        #expect(try await test.send(.head, "/\(bucket)/?watch=true&key=\(enumerate)").status == 200)
        // Without a prefix it hears of what the token reaches, and of nothing else.
        let watch = try await test.watch("/\(bucket)/?watch=true&key=\(enumerate)")
        for key in ["ap", "apple", "other"] { _ = try await test.send(.put, "/\(bucket)/\(key)", "x") }
        _ = try await test.send(.put, "/\(bucket)/app", "x")
        #expect(try await watch.next(2).map { $0.data.prefix(13) } == [#"{"key":"apple"#, #"{"key":"app","#])
        try await watch.cancel()
        try await test.close()
    }

    @Test("Only so many may watch at once, and one that leaves makes room and keeps nothing")
    func bound() async throws {
        var options = KVdbOptions()
        options.maxWatchers = 2
        let test = try TestAPI.make(options: options)
        let bucket = try await test.makeBucket()
        let first = try await test.watch("/\(bucket)/?watch=true")
        let second = try await test.watch("/\(bucket)/?watch=true")
        let refusal = try await test.send(.get, "/\(bucket)/?watch=true")
        #expect(refusal.status == 503)
        #expect(refusal.field("Retry-After") != nil)
        // One that fails takes no room.
        try await first.cancel()
        #expect(try await test.send(.get, "/\(bucket)/?watch=true&key=wrong").status == 401)
        let third = try await test.watch("/\(bucket)/?watch=true")
        try await second.cancel()
        try await third.cancel()
        let namespace = try #require(try test.store.namespace(.bucket, Array(bucket.utf8)))
        let newest = ChangePosition(behind: test.store.changes.revision)
        guard case .older = test.store.changes.recent(namespace.id, behind: newest) else {
            Issue.record("somebody still watches")
            return
        }
        try await test.close()
    }
}
