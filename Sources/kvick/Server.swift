import ArgumentParser
import HTTPServer
import KVdbAPI
import KeyValueStore
import Logging
import NIOCore
import NIOPosix
import RocksDBEngine
import Storage
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Puts the parts of a server together, runs it until a signal comes and takes it apart again.
enum Server {
    /// - Throws: an error whose text is one line, where the server can't start.
    static func run(_ settings: ServerSettings) async throws {
        let logger = Logger(label: "kvick")
        OpenFiles.raiseLimit()
        let directory = try StoreDirectory(path: absolutePath(settings.dataPath))
        let garbage = Garbage()
        var engineOptions = RocksDBOptions()
        engineOptions.cacheSize = settings.cacheSize.bytes
        let engine = try RocksDBEngine.open(
            path: directory.enginePath, creating: directory.isNew,
            options: engineOptions, filter: garbage.filter
        ) { (reader) throws(StorageError) in try directory.admit(reader) }
        try directory.finishOpening()

        var options = StoreOptions()
        options.durability = settings.durability
        let store = try KeyValueStore(
            engine: engine, garbage: garbage, options: options, mark: directory.mark, logger: logger)
        do {
            try await serve(store, directory, settings, logger)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
        logger.info("stopped")
    }

    private static func serve(
        _ store: KeyValueStore<RocksDBEngine>, _ directory: StoreDirectory, _ settings: ServerSettings, _ logger: Logger
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Processors.count)
        let blockingThreads = NIOThreadPool(numberOfThreads: max(4, Processors.count * 2))
        blockingThreads.start()
        var apiOptions = KVdbOptions()
        apiOptions.maxKeySize = settings.maxKeySize.bytes
        apiOptions.maxValueSize = settings.maxValueSize.bytes
        apiOptions.opensBuckets = settings.opensBuckets
        let api = KVdbAPI(
            store: store, serverSecret: directory.serverSecret, options: apiOptions, blockingThreads: blockingThreads,
            logger: logger)
        do {
            if let limit = settings.rateLimit.limit {
                let limited = RateLimited(api, limiter: RateLimiter(limit)) { request, outcome in
                    api.refusal(of: request, retryAfter: outcome.resetSeconds)
                }
                try await serve(limited, group, directory, settings, logger)
            } else {
                try await serve(api, group, directory, settings, logger)
            }
        } catch {
            try? await group.shutdownGracefully()
            try? await blockingThreads.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
        try? await blockingThreads.shutdownGracefully()
    }

    /// Serves until SIGTERM or SIGINT, and answers then what is under way.
    private static func serve(
        _ handler: some RequestHandler, _ group: MultiThreadedEventLoopGroup, _ directory: StoreDirectory,
        _ settings: ServerSettings, _ logger: Logger
    ) async throws {
        // Signals are caught before anyone is told that the server runs.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var configuration = ServerConfiguration()
        configuration.host = settings.host
        configuration.port = settings.port
        configuration.commonHeaders = PreparedHeaders(KVdbAPI<RocksDBEngine>.crossOriginHeaders)
        let server = try await HTTPServer.start(
            configuration: configuration, handler: handler, group: group, logger: logger)
        announce(server.boundPort, directory, settings)
        for await signal in signals {
            logger.info("stopping", metadata: ["signal": "\(signal)"])
            break
        }
        await server.shutdown()
    }

    private static func announce(_ port: Int, _ directory: StoreDirectory, _ settings: ServerSettings) {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let url = "http://\(host):\(port)"
        let rate = settings.rateLimit.limit == nil ? "no rate limit" : "\(settings.rateLimit) requests for each address"
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

    private static func absolutePath(_ path: String) -> String {
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

/// The system's bound on open files and sockets of this process.
enum OpenFiles {
    /// Takes all that the system lets this process have: each connection is one.
    static func raiseLimit() {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}
