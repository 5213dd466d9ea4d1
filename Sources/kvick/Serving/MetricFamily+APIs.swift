import HTTPAPI
import KVdbAPI
import KeyValueStore
import Operations
import RocksDBEngine

extension MetricFamily {
    /// The metrics of the program and of what it is made of beside the connections and the store.
    static func server(
        _ apis: ServedAPIs, _ threads: WorkerThreads, _ access: AdminAccess, log: LineOutput, accessLog: LineOutput?
    ) -> [MetricFamily] {
        let lists = threads.scans.listCounts
        let common = [
            MetricFamily(
                .gauge, "kvick_build_info", "1, with the versions of the program and of its engine.",
                [([("version", Version.number), ("engine", RocksDBEngine.version)], 1)]),
            MetricFamily(
                .gauge, "kvick_lists", "Lists, backups and the like that are under way, by how far they are.",
                [
                    ([("state", "starting")], Double(lists.starting)),
                    ([("state", "streaming")], Double(lists.streaming)),
                ]),
            MetricFamily(
                .counter, "kvick_rate_limited_requests_total", "Requests that were past a rate limit.",
                apis.rateLimitedCounts.map { ([("api", $0)], Double($1)) }),
            MetricFamily(
                .counter, "kvick_admin_wrong_tokens_total", "Requests that showed a wrong admin token.",
                Double(access.wrongTokenCount)),
            MetricFamily(
                .counter, "kvick_log_dropped_lines_total", "Log messages that nobody read in time.",
                Double(log.droppedCount)),
            MetricFamily(
                .counter, "kvick_access_log_dropped_lines_total", "Lines of the access log that nobody read in time.",
                accessLog.map { Double($0.droppedCount) }),
        ].compactMap { $0 }
        return common + databases(apis, threads) + (apis.bucketStatistics.map(buckets) ?? [])
    }

    private static func databases(_ apis: ServedAPIs, _ threads: WorkerThreads) -> [MetricFamily] {
        guard let wrongPasswords = apis.wrongPasswordCount else { return [] }
        return [
            MetricFamily(
                .counter, "kvick_kot_wrong_passwords_total", "Requests that showed a wrong password of the databases.",
                Double(wrongPasswords)),
            MetricFamily(
                .gauge, "kvick_kot_passphrases_waiting", "Passphrases that wait for the derivation of their key.",
                Double(threads.keyDerivation.waitingCount)),
        ].compactMap { $0 }
    }

    private static func buckets(_ statistics: KVdbStatistics) -> [MetricFamily] {
        let scripts = statistics.scripts
        return [
            MetricFamily(.gauge, "kvick_watchers", "Clients that watch.", Double(statistics.watchers)),
            MetricFamily(
                .counter, "kvick_watch_events_sent_total", "Changes that watchers were told of, each counted for each.",
                Double(statistics.sentEvents)),
            MetricFamily(
                .counter, "kvick_script_runs_total", "Runs of scripts; one that begins anew counts again.",
                Double(scripts.runs)),
            MetricFamily(
                .counter, "kvick_script_failures_total", "Runs that ended with an error of the script.",
                Double(scripts.failures)),
            MetricFamily(
                .counter, "kvick_script_conflicts_total", "Runs that began anew, for another change came between.",
                Double(scripts.conflicts)),
            MetricFamily(
                .counter, "kvick_script_limits_exceeded_total", "Runs that went over a limit.",
                RunLimit.allCases.map { ([("limit", $0.rawValue)], Double(scripts.exceeded[$0] ?? 0)) }),
            MetricFamily(
                .counter, "kvick_script_requests_refused_total",
                "Requests to scripts that were refused, for too many waited.",
                Double(scripts.refused)),
            MetricFamily(.gauge, "kvick_scripts_waiting", "Runs that wait for a thread.", Double(scripts.waiting)),
            MetricFamily(
                .gauge, "kvick_script_threads_busy", "Threads that run a script.", Double(scripts.busyThreads)),
            MetricFamily(.gauge, "kvick_script_threads", "Threads that may run scripts.", Double(scripts.threads)),
        ].compactMap { $0 }
    }
}
