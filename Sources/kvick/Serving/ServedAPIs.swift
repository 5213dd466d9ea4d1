import HTTPAPI
import HTTPServer
import KOTAPI
import KVdbAPI
import KeyValueStore
import Logging

/// The APIs that a server has beside its operation, each behind its limits.
struct ServedAPIs: Sendable {
    /// Nil where buckets are not served.
    private let buckets: (api: KVdbAPI, limited: RateLimited)?
    /// Nil where databases are not served.
    private let databases: (api: KOTAPI, limited: RateLimited)?

    init(_ settings: ServerSettings, _ opened: OpenedStore, _ threads: WorkerThreads, _ logger: Logger) throws {
        databases = try settings.kot.map { kot in
            let databases = try KOTDatabases(
                store: opened.store, keyDerivation: threads.keyDerivation, blockingThreads: threads.blocking,
                scanThreads: threads.scans, limits: kot.options.limits, location: opened.directory.path, logger: logger)
            let api = KOTAPI(databases, options: kot.options)
            return (api, Self.limited(api, kot.options.rateLimits.map(\.limit)))
        }
        guard settings.servesBuckets else {
            buckets = nil
            return
        }
        let api = opened.buckets(settings.kvdbOptions, threads, logger)
        buckets = (api, Self.limited(api, [settings.rateLimit.limit].compactMap { $0 }))
    }

    private static func limited(_ api: any RequestHandler, _ limits: [RateLimit]) -> RateLimited {
        RateLimited(api, limiters: limits.map { RateLimiter($0) }) { request, outcome in
            Answers.tooManyRequests(request, retryAfter: outcome.resetSeconds)
        }
    }

    /// Who answers requests of buckets and of databases: the same for both where only one of them is served; nil where none is.
    var handlers: (buckets: RateLimited, databases: RateLimited)? {
        guard let first = buckets?.limited ?? databases?.limited else { return nil }
        return (first, databases?.limited ?? first)
    }

    var bucketStatistics: KVdbStatistics? { buckets?.api.statistics }
    var wrongPasswordCount: UInt64? { databases?.api.wrongPasswordCount }

    /// How many requests were past a limit, of each API that is served.
    var rateLimitedCounts: [(api: String, count: UInt64)] {
        [("buckets", buckets?.limited), ("databases", databases?.limited)].compactMap { api, limited in
            limited.map { (api, $0.refusedCount) }
        }
    }
}
