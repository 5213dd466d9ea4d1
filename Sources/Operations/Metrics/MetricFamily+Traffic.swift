import HTTPServer

extension MetricFamily {
    /// What a server counted of requests and connections.
    static func traffic(_ traffic: TrafficStatistics) -> [MetricFamily] {
        let requests: [([Label], Double)] = traffic.answered.map { answered in
            let labels: [Label] = [
                ("route", answered.kind), ("method", answered.method),
                ("status", answered.status.map(String.init) ?? "other"),
            ]
            return (labels, Double(answered.count))
        }
        let durations = zip(traffic.kinds, traffic.durations).filter { $1.count > 0 }
        return [
            MetricFamily(
                .counter, "kvick_http_requests_total", "Requests whose answer has begun, by what they are for.",
                requests),
            MetricFamily(
                "kvick_http_request_duration_seconds",
                "Time from when a request was there in whole to the beginning of its answer.", unitsPerOne: 1e9,
                durations.map { ([("route", $0)], $1) }),
            MetricFamily(
                .gauge, "kvick_http_requests_in_flight", "Requests whose answer has not begun.",
                Double(traffic.requestsInFlight)),
            MetricFamily(
                .counter, "kvick_http_requests_abandoned_total",
                "Requests whose connection ended before their answer began.", Double(traffic.abandonedCount)),
            MetricFamily(
                .gauge, "kvick_http_connections", "Connections that are open.", Double(traffic.openConnections)),
            MetricFamily(
                .counter, "kvick_http_connections_accepted_total", "Connections that were accepted.",
                Double(traffic.acceptedConnections)),
            MetricFamily(
                .counter, "kvick_http_connections_refused_total",
                "Of those accepted, the ones that were turned away, for there were too many.",
                Double(traffic.refusedConnections)),
            MetricFamily(
                .counter, "kvick_http_received_bytes_total", "Bytes that came over connections.",
                Double(traffic.receivedBytes)),
            MetricFamily(
                .counter, "kvick_http_sent_bytes_total", "Bytes that were handed to connections.",
                Double(traffic.sentBytes)),
        ].compactMap { $0 }
    }
}
