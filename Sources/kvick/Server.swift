import ArgumentParser
import HTTPAPI
import HTTPServer
import KVdbAPI
import KeyValueStore
import Logging
import NIOCore
import NIOPosix
import Operations
import RocksDBEngine

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
    private let logger: Logger
    private let kinds: RequestKinds
    private let traffic: Traffic
    /// To the standard error, of messages.
    private let log = LineOutput(descriptor: STDERR_FILENO)
    /// Nil where none is written.
    private let accessLog: LineOutput?
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: Processors.count)

    init(_ settings: ServerSettings) {
        self.settings = settings
        let stream = LogStream(to: log)
        let isForJournal = JournalStream.takes(STDERR_FILENO)
        LoggingSystem.bootstrap {
            LineLogHandler(
                label: $0, format: settings.logFormat, level: settings.logLevel, isForJournal: isForJournal,
                stream: stream)
        }
        logger = Logger(label: "kvick")
        kinds = RequestKinds(services: settings.services)
        traffic = Traffic(classifier: kinds)
        accessLog = settings.logsAccess ? LineOutput(descriptor: STDOUT_FILENO) : nil
    }

    /// - Throws: an error whose text is one line, where the server can't start.
    func run() async throws {
        do {
            try await serve()
        } catch {
            await log.shutdown()
            throw error
        }
        await accessLog?.shutdown()
        logger.info("stopped")
        await log.shutdown()
    }

    private func serve() async throws {
        FileDescriptorLimit.raise()
        // Signals are caught before there is anything to be ended by one.
        let stop = await StopSignal(logger, delay: settings.stopDelay)
        let reloads = await ReloadSignal()
        do {
            // Before the store is opened, so that a certificate or a port that can't be had changes nothing there.
            let tls = try settings.tls?.load()
            let reloading = Task { await reloads.forEach { reload(tls) } }
            defer { reloading.cancel() }
            let listener = try await listen(tls)
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
    }

    private func listen(_ tls: ServerTLS?) async throws -> Listener {
        var configuration = ServerConfiguration()
        configuration.host = settings.host
        configuration.port = settings.port
        configuration.tls = tls
        configuration.trustedProxies = settings.trustedProxies
        configuration.traffic = traffic
        configuration.exchangeLog = accessLog.map { [kinds] output in
            AccessLog(to: output, loggedTarget: LoggedTarget(kinds).text)
        }
        configuration.commonHeaders = PreparedHeaders(KVdbAPI.crossOriginHeaders)
        return try await Listener.listen(configuration: configuration, group: group, logger: logger)
    }

    /// What SIGHUP asks for. Where there is nothing to reload it must not end the server, which may have outlived its terminal.
    private func reload(_ tls: ServerTLS?) {
        guard let tls else {
            logger.notice("SIGHUP: there is no certificate to reload")
            return
        }
        do {
            try tls.reload()
            logger.notice("SIGHUP: the certificate was reloaded, for new connections")
        } catch {
            logger.error("SIGHUP: the old certificate stays", metadata: ["error": "\(error)"])
        }
    }

    private func serve(_ listener: Listener, until stop: StopSignal) async throws {
        var options = StoreOptions()
        options.durability = settings.durability
        options.historySize = settings.historySize?.bytes
        let opened = try OpenedStore(
            path: settings.dataPath, cacheSize: settings.cacheSize.bytes, options: options, logger: logger)
        try await opened.use { threads in
            let checkpoints = opened.checkpoints(logger)
            let apis = try ServedAPIs(settings, opened, threads, logger)
            let readiness = Readiness(store: opened.store, threads: threads.blocking)
            let server = try await HTTPServer.start(
                on: listener, handler: try routes(apis, opened.store, checkpoints, threads, readiness))
            let supervisor = Supervisor(logger)
            // One that was told to stop while it started tells nobody that it serves.
            let isServing = stop.beginServing()
            if isServing { announce(server.boundPort, opened.directory) }
            let telling = Task { if isServing { await supervisor.tellReady() } }
            await stop.wait()
            readiness.stop()
            telling.cancel()
            await telling.value
            supervisor.tellStopping()
            // Until load balancers have seen that, they send on.
            await stop.delay()
            // Those that wait may be more than can be run in the time that is left.
            threads.scripts.stopTaking()
            await server.shutdown()
            await checkpoints.close()
        }
    }

    private func routes(
        _ apis: ServedAPIs, _ store: KeyValueStore, _ checkpoints: StoreCheckpoints, _ threads: WorkerThreads,
        _ readiness: Readiness
    ) throws -> Routes {
        guard let handlers = apis.handlers else { throw ValidationError("there is nothing to serve") }
        let access = AdminAccess(settings.adminToken)
        let metrics = MetricsReport(traffic: traffic, store: store, threads: threads.blocking) { [log, accessLog] in
            MetricFamily.server(apis, threads, access, log: log, accessLog: accessLog)
        }
        let checkpoints = CheckpointRequests(checkpoints, threads: threads.blocking, logger: logger)
        return Routes(
            kinds: kinds,
            operations: OperationsAPI(
                access: access, readiness: readiness, metrics: metrics, checkpoints: checkpoints),
            buckets: handlers.buckets, databases: handlers.databases)
    }

    private func announce(_ port: Int, _ directory: StoreDirectory) {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let url = "\(settings.tls == nil ? "http" : "https")://\(host):\(port)"
        var lines = [
            "Kvick \(Version.number) serves \(url)",
            "  data    \(directory.path) (\(RocksDBEngine.version), durability \(settings.durability.rawValue))",
        ]
        if settings.servesBuckets {
            let rate = settings.rateLimit.limit == nil ? "no rate limit" : "\(settings.rateLimit) for each address"
            lines.append("  limits  keys \(settings.maxKeySize), values \(settings.maxValueSize), \(rate)")
            lines.append("  try     curl -d 'email=you@example.com' \(url)")
        }
        if settings.kot != nil {
            lines.append("  kot     curl -u :PASSWORD -d database_name=d -d key=k -d value=v \(url)/controller/set")
        }
        if settings.servesPage {
            lines.append("  web     \(url)/ in a browser")
        }
        if settings.durability == .relaxed {
            lines.append("  note    durability is relaxed: a crash of the machine loses the last second's writes")
        }
        if settings.opensBuckets {
            lines.append("  note    open buckets: a write to an id that no bucket has makes a public bucket")
        }
        say(lines, url)
    }

    /// Tells people where the server is: on the standard output, unless that is for the access log. Programs that read the log as
    /// JSON are told there.
    private func say(_ lines: [String], _ url: String) {
        guard settings.logFormat == .text else {
            logger.info("serving", metadata: ["url": "\(url)", "version": "\(Version.number)"])
            return
        }
        let text = lines.joined(separator: "\n") + "\n"
        guard accessLog == nil else { return LogStream(to: log).write(TerminalText.filtered(text)) }
        print(text, terminator: "")
        // Behind a pipe the lines would wait in the buffer.
        fflush(nil)
    }
}
