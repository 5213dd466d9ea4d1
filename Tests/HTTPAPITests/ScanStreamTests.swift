import KeyValueStore
import NIOCore
import NIOPosix
import Testing

@testable import HTTPAPI

@Suite("A stream of what a scan writes", .timeLimit(.minutes(1)))
struct ScanStreamTests {
    /// Writes pieces of two numbers, one at each step.
    private struct Numbers: PieceSource {
        var next = 2
        let end: Int
        var failsAt: Int?
        var snapshot: Snapshot?

        var isFinished: Bool { next > end }

        mutating func fill(_ piece: inout ByteBuffer) throws(StoreError) -> Bool {
            if next == failsAt { throw .namespaceDeleted }
            piece.writeString("\(next) ")
            next += 1
            return isFinished || next.isMultiple(of: 2)
        }
    }

    private final class Snapshot: Sendable {
        let onRelease: @Sendable () -> Void

        init(onRelease: @escaping @Sendable () -> Void) {
            self.onRelease = onRelease
        }

        deinit { onRelease() }
    }

    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let first = ByteBuffer(string: "0 1 ")

    private func next(of stream: ScanStream<Numbers>) async throws -> String? {
        try await stream.next(on: eventLoop).get().map { String(buffer: $0) }
    }

    @Test("The first piece comes as it is, the others are made of as many steps as they need, and the end is told")
    func pieces() async throws {
        let threads = ScanThreads(numberOfThreads: 1)
        let stream = ScanStream(first: first, Numbers(end: 6), threads: threads)
        #expect(stream.length == nil)
        for piece in ["0 1 ", "2 3 ", "4 5 ", "6 ", nil, nil] { #expect(try await next(of: stream) == piece) }
        await threads.shutdown()
    }

    @Test("A step that fails ends the stream with its error")
    func failure() async throws {
        let threads = ScanThreads(numberOfThreads: 1)
        let stream = ScanStream(first: first, Numbers(end: 6, failsAt: 3), threads: threads)
        #expect(try await next(of: stream) == "0 1 ")
        await #expect(throws: StoreError.namespaceDeleted) { try await next(of: stream) }
        await threads.shutdown()
    }

    @Test("A stream that is cancelled has no more pieces, and keeps no snapshot")
    func cancellation() async throws {
        let threads = ScanThreads(numberOfThreads: 1)
        let (release, continuation) = AsyncStream.makeStream(of: Void.self)
        let stream = ScanStream(
            first: first, Numbers(end: 6, snapshot: Snapshot { continuation.finish() }), threads: threads)
        #expect(try await next(of: stream) == "0 1 ")
        stream.cancel()
        #expect(try await next(of: stream) == nil)
        // Ends when the snapshot is gone.
        for await _ in release {}
        await threads.shutdown()
    }

    @Test("As many scans may be starting as there is room for")
    func starting() async {
        let threads = ScanThreads(numberOfThreads: 1, maxStarting: 2)
        #expect(threads.beginStart())
        #expect(threads.beginStart())
        #expect(!threads.beginStart())
        threads.endStart()
        #expect(threads.beginStart())
        await threads.shutdown()
    }
}
