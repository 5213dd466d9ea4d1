import ArgumentParser
import HTTPAPI
import HTTPServer
import KVdbAPI
import KeyValueStore
import Logging
import NIOCore
import NIOPosix
import RocksDBEngine
import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Puts the parts of a server together, runs it until a signal comes and takes it apart again.
struct Server {
    private let settings: ServerSettings
    private let logger = Logger(label: "kvick")
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: Processors.count)

    init(_ settings: ServerSettings) {
        self.settings = settings
    }

    /// - Throws: an error whose text is one line, where the server can't start.
    func run() async throws {
        FileDescriptorLimit.raise()
        // Signals are caught before there is anything to be ended by one.
        let stop = await StopSignal(logger)
        do {
            // Before the store is opened, so that a port that is taken changes nothing there.
            let listener = try await listen()
            do {
                try await serve(listener, until: stop)
            } catch {
                await listener.close()
                throw error
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        // Last, for all the others answer on its event loops.
        try? await group.shutdownGracefully()
        logger.info("stopped")
    }

    private func listen() async throws -> Listener {
        var configuration = ServerConfiguration()
        configuration.host = settings.host
        configuration.port = settings.port
        configuration.commonHeaders = PreparedHeaders(KVdbAPI<RocksDBEngine>.crossOriginHeaders)
        return try await Listener.listen(configuration: configuration, group: group, logger: logger)
    }

    private func serve(_ listener: Listener, until stop: StopSignal) async throws {
        let directory = try StoreDirectory(path: absolutePath(settings.dataPath))
        let store = try openStore(directory)
        let blockingThreads = NIOThreadPool(numberOfThreads: max(4, Processors.count * 2))
        blockingThreads.start()
        let scanThreads = ScanThreads(numberOfThreads: max(2, Processors.count))
        let api = KVdbAPI(
            store: store, serverSecret: directory.serverSecret, options: settings.kvdbOptions,
            blockingThreads: blockingThreads, scanThreads: scanThreads, logger: logger)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(api, directory, listener, until: stop))
        } catch {
            result = .failure(error)
        }
        await scanThreads.shutdown()
        try? await blockingThreads.shutdownGracefully()
        await store.close()
        try result.get()
    }

    private func openStore(_ directory: StoreDirectory) throws -> KeyValueStore<RocksDBEngine> {
        let garbage = Garbage()
        var engineOptions = RocksDBOptions()
        engineOptions.cacheSize = settings.cacheSize.bytes
        let engine = try RocksDBEngine.open(
            path: directory.enginePath, creating: directory.isNew, options: engineOptions, filter: garbage.filter
        ) { (reader) throws(StorageError) in try directory.admit(reader) }
        try directory.finishOpening()
        var options = StoreOptions()
        options.durability = settings.durability
        options.historySize = settings.historySize?.bytes
        return try KeyValueStore(
            engine: engine, garbage: garbage, options: options, directory: directory, logger: logger)
    }

    private func serve(
        _ api: KVdbAPI<RocksDBEngine>, _ directory: StoreDirectory, _ listener: Listener,
        until stop: StopSignal
    ) async throws {
        guard let limit = settings.rateLimit.limit else {
            return try await serve(handler: api, directory, listener, until: stop)
        }
        let limited = RateLimited(api, limiter: RateLimiter(limit)) { request, outcome in
            api.refusal(of: request, retryAfter: outcome.resetSeconds)
        }
        try await serve(handler: limited, directory, listener, until: stop)
    }

    private func serve(
        handler: some RequestHandler, _ directory: StoreDirectory, _ listener: Listener,
        until stop: StopSignal
    ) async throws {
        let server = try await HTTPServer.start(on: listener, handler: handler)
        announce(server.boundPort, directory)
        await stop.wait()
        await server.shutdown()
    }

    private func announce(_ port: Int, _ directory: StoreDirectory) {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let url = "http://\(host):\(port)"
        let rate = settings.rateLimit.limit == nil ? "no rate limit" : "\(settings.rateLimit) for each address"
        var lines = [
            "Kvick \(Version.number) serves \(url)",
            "  data    \(directory.path) (\(RocksDBEngine.version), durability \(settings.durability.rawValue))",
            "  limits  keys \(settings.maxKeySize), values \(settings.maxValueSize), \(rate)",
            "  try     curl -d 'email=you@example.com' \(url)",
        ]
        if settings.durability == .relaxed {
            lines.append("  note    durability is relaxed: a crash of the machine loses the last second's writes")
        }
        if settings.opensBuckets {
            lines.append("  note    open buckets: a write to an id that no bucket has makes a public bucket")
        }
        print(lines.joined(separator: "\n"))
        // Behind a pipe the lines would wait in the buffer.
        fflush(nil)
    }

    private func absolutePath(_ path: String) -> String {
        let absolute: String
        if path.hasPrefix("/") {
            absolute = path
        } else {
            let folder = getcwd(nil, 0)
            defer { free(folder) }
            let current = folder.map { String(cString: $0) } ?? "."
            absolute = current + "/" + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
        }
        return absolute.count > 1 && absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
    }
}
