import HTTPServer
import KeyValueStore
import Logging
import NIOCore
import NIOPosix
import Storage
import StorageTesting
import Testing

@testable import Operations

/// The operation of a store in memory.
final class TestOperations {
    let engine = InMemoryEngine()
    let store: KeyValueStore
    let access: AdminAccess
    let readiness: Readiness
    private let threads = NIOThreadPool(numberOfThreads: 1)
    let api: OperationsAPI
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    init(adminToken: String? = "0123456789abcdef", checkpoints: CheckpointRequests? = nil) throws {
        store = try KeyValueStore(engine: engine, garbage: Garbage(), logger: Logger(label: "test"))
        threads.start()
        access = AdminAccess(adminToken.flatMap { AdminToken($0) })
        readiness = Readiness(store: store, threads: threads)
        api = OperationsAPI(
            access: access, readiness: readiness,
            metrics: MetricsReport(traffic: Traffic(), store: store, threads: threads) {
                [MetricFamily(.gauge, "other", "Other.", 1)].compactMap { $0 }
            },
            checkpoints: checkpoints)
    }

    func shutdown() async throws {
        await store.close()
        try await threads.shutdownGracefully()
    }

    /// Tries to write something, whatever comes of it.
    func write() async {
        let bucket = NamespaceName(.bucket, Array("bucket".utf8), isCreatedOnWrite: true)
        await withCheckedContinuation { continuation in
            store.set(bucket, Array("key".utf8), to: NewValue(bytes: [], contentType: .unspecified)) { _ in
                continuation.resume()
            }
        }
    }

    func answer(
        _ method: Method, _ target: String, _ headers: [(String, String)] = [], from address: String? = nil
    ) async throws -> (response: Response, text: String) {
        let request = try Request(
            method: method, target: target, headers: headers, remoteAddress: address.flatMap { ClientAddress($0.utf8) })
        #expect(OperationsAPI.serves(request))
        let response: Response
        switch api.handle(request, on: eventLoop) {
        case .ready(let ready): response = ready
        case .pending(let future): response = try await future.get()
        }
        guard case .bytes(let body) = response.body else { return (response, "") }
        return (response, String(buffer: body))
    }
}

func withOperations(
    adminToken: String? = "0123456789abcdef", _ body: (TestOperations) async throws -> Void
) async throws {
    let operations = try TestOperations(adminToken: adminToken)
    do {
        try await body(operations)
    } catch {
        try await operations.shutdown()
        throw error
    }
    try await operations.shutdown()
}
