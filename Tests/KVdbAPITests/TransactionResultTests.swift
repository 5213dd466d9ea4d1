import HTTPAPI
import NIOCore
import NIOPosix
import Storage
import StorageTesting
import Synchronization
import Testing

@testable import HTTPServer
@testable import KVdbAPI
@testable import KeyValueStore

@Suite("What transactions get, in memory")
struct TransactionResultTests {
    private static func body(_ operations: [String]) -> String {
        #"{"txn":[\#(operations.joined(separator: ","))]}"#
    }

    private static func gets(_ count: Int, of key: String = "k") -> [String] {
        Array(repeating: #"{"get":"\#(key)"}"#, count: count)
    }

    private static let set = #"{"set":"new","value":1}"#

    @Test("Values past 4 MiB together are 400 and named, read or written, with nothing changed")
    func totalSize() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        _ = try await test.send(.put, "\(bucket)/k", [UInt8](repeating: 1, count: 16384))
        for others in [[], [Self.set]] {
            let answer = try await test.send(.post, bucket, Self.body(others + Self.gets(257)))
            #expect(answer.status == 400)
            #expect(answer.text.hasPrefix("txn[\(256 + others.count)]: "), "\(answer.text)")
            #expect(answer.text.contains("4194304"))
        }
        #expect(try await test.send(.get, "\(bucket)/new").status == 404)
        for others in [[], [Self.set]] {
            let answer = try await test.send(.post, bucket, Self.body(others + Self.gets(256)))
            #expect(answer.status == 200)
            #expect(answer.bytes.count > 256 * 16384 * 6)
        }
        #expect(test.api.resultMemory.count == 0)
        try await test.close()
    }

    @Test("One value of the largest size can be got")
    func largeValues() async throws {
        var options = KVdbOptions()
        options.maxValueSize = 5 << 20
        let test = try TestAPI.make(options: options)
        let bucket = "/\(try await test.makeBucket())"
        let value = [UInt8](repeating: 97, count: 5 << 20)
        _ = try await test.send(.put, "\(bucket)/k", value)
        #expect(try await test.send(.post, bucket, Self.body(Self.gets(1))).bytes.count > value.count)
        #expect(try await test.send(.post, bucket, Self.body(Self.gets(2))).text.hasPrefix("txn[1]: "))
        try await test.close()
    }

    @Test("Gets that may be too much for the writer's queue count as at most 4 MiB")
    func queuedSize() throws {
        let parser = TransactionParser(options: KVdbOptions())
        let transaction = try parser.parse(Array(Self.body([#"{"incr":"n"}"#] + Self.gets(999)).utf8))
        #expect(transaction.maxResultSize == 4 << 20)
        #expect(transaction.size < 5 << 20)
        #expect(try parser.parse(Array(Self.body(Self.gets(2)).utf8)).maxResultSize == 2 * 16384)
    }

    @Test("Where there is no room for results, what gets is 503 with nothing changed, and all else goes on")
    func noRoom() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let taken = (256 << 20) - 16383
        #expect(test.api.resultMemory.take(taken))
        for operations in [Self.gets(1), [Self.set] + Self.gets(1)] {
            let answer = try await test.send(.post, bucket, Self.body(operations))
            #expect(answer.status == 503)
            #expect(answer.field("Retry-After") == "1")
            #expect(test.api.resultMemory.count == taken)
        }
        #expect(try await test.send(.get, "\(bucket)/new").status == 404)
        let check = #"{"check":"none","version":null}"#
        for operations in [[Self.set], [check], [check, Self.set]] {
            #expect(try await test.send(.post, bucket, Self.body(operations)).status == 200)
        }
        test.api.resultMemory.release(1)
        #expect(try await test.send(.post, bucket, Self.body(Self.gets(1))).status == 200)
        #expect(test.api.resultMemory.count == taken - 1)
        try await test.close()
    }

    @Test("Room is held from a transaction's submission to its answer")
    func held() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        test.engine.holdWrites()
        let body = Self.body([Self.set] + Self.gets(3))
        let sending = Task { try await test.send(.post, bucket, body).status }
        #expect(try await eventually { test.engine.heldWriteCount == 1 })
        #expect(test.api.resultMemory.count == 3 * 16384)
        test.engine.releaseWrites()
        #expect(try await sending.value == 200)
        #expect(test.api.resultMemory.count == 0)
        try await test.close()
    }

    @Test("However a transaction ends, its room is given back once")
    func givenBack() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket("secret_key=s"))"
        _ = try await test.send(.put, "\(bucket)/k", [UInt8](repeating: 97, count: 16384), [basic("s")])
        let failing = #"{"check":"k","version":null}"#
        for (operations, status) in [
            (Self.gets(1), 200), (Self.gets(5), 200), (Self.gets(1) + [failing], 412), ([Self.set] + Self.gets(9), 200),
            ([Self.set] + Self.gets(1) + [failing], 412), ([Self.set] + Self.gets(300), 400),
        ] {
            let answer = try await test.send(.post, bucket, Self.body(operations), [basic("s")])
            #expect(answer.status == status)
            #expect(test.api.resultMemory.count == 0)
        }
        test.engine.failNextWrite(with: StorageError(.outOfSpace, "full"))
        #expect(try await test.send(.post, bucket, Self.body([Self.set] + Self.gets(5)), [basic("s")]).status == 503)
        #expect(test.api.resultMemory.count == 0)
        try await test.close()
    }

    @Test("Where the threads have ended, small transactions are still written, and others are 503")
    func endedThreads() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        _ = try await test.send(.put, "\(bucket)/k", [UInt8](repeating: 1, count: 16384))
        try await test.threads.shutdownGracefully()
        for (operations, status) in [
            (Self.gets(1), 503), ([#"{"set":"small","value":1}"#] + Self.gets(4), 200),
            ([Self.set] + Self.gets(5), 503),
            (Array(repeating: #"{"set":"many","value":1}"#, count: 9), 200),
            ([Self.set] + Array(repeating: #"{"delete":"k"}"#, count: 5), 503),
        ] {
            #expect(try await test.send(.post, bucket, Self.body(operations)).status == status, "\(operations)")
            #expect(test.api.resultMemory.count == 0)
        }
        #expect(try await test.send(.get, "\(bucket)/new").status == 404)
        #expect(try await test.send(.get, "\(bucket)/small").text == "1")
        try await test.close()
    }

    @Test("A transaction that only reads is not answered where its client has gone meanwhile")
    func abandoned() async throws {
        let life = ConnectionLife()
        let isArmed = Atomic<Bool>(false)
        // A snapshot asks for the time, on a thread that may block: then the connection ends.
        let test = try TestAPI.make(clock: {
            if isArmed.load(ordering: .relaxed), MultiThreadedEventLoopGroup.currentEventLoop == nil { life.end() }
            return .now()
        })
        let bucket = "/\(try await test.makeBucket())"
        _ = try await test.send(.put, "\(bucket)/k", "v")
        let body = ByteBuffer(string: Self.body(Self.gets(1)))
        let head = try Request(method: .post, target: bucket, body: body).head
        let request = Request(head: head, body: body, remoteAddress: nil, connection: life)
        #expect(!life.hasEnded)
        isArmed.store(true, ordering: .relaxed)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let reply = try await eventLoop.submit { test.api.handle(request, on: eventLoop) }.get()
        guard case .pending(let future) = reply else {
            Issue.record("it was answered at once")
            return
        }
        #expect(try await future.get().status.code == 503)
        #expect(life.hasEnded)
        #expect(test.api.resultMemory.count == 0)
        try await test.close()
    }
}

/// Waits until `condition` holds, at most a minute: a busy machine may take long to let others run.
private func eventually(_ condition: () -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while !condition() {
        guard ContinuousClock.now < end else { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}
