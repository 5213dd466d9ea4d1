import Logging
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The connections of one event loop and what they share. Used on that event loop alone.
final class EventLoopConnections {
    let eventLoop: any EventLoop
    let configuration: ServerConfiguration
    let handler: any RequestHandler
    let limit: ConnectionLimit
    let bodies: BodyMemory
    let logger: Logger

    let traffic: Traffic
    let exchangeLog: (any ExchangeLog)?
    /// Of what happens on this event loop.
    let counters: TrafficCounters
    /// The same as others are told of it.
    var statistics: TrafficStatistics { TrafficStatistics(counters) }

    /// The fields of every answer: Date and the configuration's common ones.
    private(set) var sharedHeaders = ByteBuffer()
    private var sharedHeadersTime: time_t = -1
    private var decodedSharedHeaders: [HeaderField]?
    /// The time of the last look at the timeouts; it costs no system call.
    private(set) var now = NIODeadline.now()
    /// No connection is to outlive the request that it is answering.
    private(set) var isDraining = false

    private var connections: [any ServerConnection] = []
    private var timeoutChecks: RepeatedTask?
    private var drained: EventLoopPromise<Void>?
    private var isDrained = false
    private var spareOutput = ByteBuffer()
    private var awaitingTurn: [any TurnTaker] = []
    private var isTurnScheduled = false

    init(
        eventLoop: any EventLoop, configuration: ServerConfiguration, handler: any RequestHandler,
        limit: ConnectionLimit, bodies: BodyMemory, logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.handler = handler
        self.limit = limit
        self.bodies = bodies
        self.logger = logger
        traffic = configuration.traffic
        exchangeLog = configuration.exchangeLog
        counters = TrafficCounters(kinds: traffic.kinds)
        refreshSharedHeaders()
    }

    /// Begins to look at the timeouts again and again.
    func startTimeoutChecks() {
        let interval = configuration.timeoutCheckInterval
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timeoutChecks = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.checkTimeouts(now: .now())
        }
    }

    /// Closes what has run out of time by `now`.
    func checkTimeouts(now: NIODeadline) {
        self.now = now
        refreshSharedHeaders()
        // From the last to the first, since a connection that closes gives its place to the last one.
        var index = connections.count
        while index > 0 {
            index -= 1
            if index < connections.count { connections[index].checkTimeouts(now: now) }
        }
    }

    private func refreshSharedHeaders() {
        let time = time(nil)
        guard time != sharedHeadersTime else { return }
        sharedHeadersTime = time
        var headers = ByteBuffer()
        headers.writeField(name: "Date", value: HTTPDate.text(time))
        if let common = configuration.commonHeaders { headers.writeImmutableBuffer(common.encoded) }
        sharedHeaders = headers
        decodedSharedHeaders = nil
    }

    /// The same fields one by one, as HTTP/2 needs them.
    var sharedFields: [HeaderField] {
        if let decodedSharedHeaders { return decodedSharedHeaders }
        let fields = HeaderField.decode(sharedHeaders)
        decodedSharedHeaders = fields
        return fields
    }

    /// The answer to what is not a request, or to one whose own answer can't be given.
    func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response {
        var response = handler.response(to: failure, from: address)
        // A handler that answers with another status has reasons, and a time, of its own.
        if response.status == failure.status, let seconds = failure.retryAfter {
            response.headers.add("Retry-After", String(seconds))
        }
        return response
    }

    /// What a handler gave for a request from `address`, or the answer for one that failed.
    func response(from result: Result<Response, any Error>, to address: ClientAddress?) -> Response {
        switch result {
        case .success(let response):
            return response
        case .failure(let error):
            logger.error("a handler failed", metadata: ["error": "\(error)"])
            return response(to: .handlerFailed, from: address)
        }
    }
}

// MARK: - Membership

extension EventLoopConnections {
    /// Counts a new connection until `leave`.
    func enter() -> ConnectionLimit.Admission {
        let admission = limit.enter()
        counters.acceptedConnections &+= 1
        if admission != .admitted { counters.refusedConnections &+= 1 }
        return admission
    }

    /// Counts a connection no longer; `admission` is what `enter` gave for it.
    func leave(_ admission: ConnectionLimit.Admission) {
        limit.leave(admission)
        counters.closedConnections &+= 1
    }

    func add(_ connection: any ServerConnection) {
        connection.index = connections.count
        connections.append(connection)
    }

    func remove(_ connection: any ServerConnection) {
        guard let index = connection.index, index < connections.count else { return }
        connection.index = nil
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.index = index
        }
        finishDrainingIfEmpty()
    }

    /// Closes idle connections at once, the others after their answers or the grace period; the future succeeds once
    /// none is left.
    func drain() -> EventLoopFuture<Void> {
        if let drained { return drained.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        isDraining = true
        for connection in connections { connection.drain() }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let deadline = eventLoop.scheduleTask(in: configuration.shutdownGrace) {
            for connection in bound.value.connections { connection.abort() }
        }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        finishDrainingIfEmpty()
        return promise.futureResult
    }

    private func finishDrainingIfEmpty() {
        guard let drained, connections.isEmpty, !isDrained else { return }
        isDrained = true
        timeoutChecks?.cancel()
        drained.succeed()
    }
}

// MARK: - Turns

extension EventLoopConnections {
    /// The pause before the next turn. It has to be there: an event loop looks at its sockets only when no task is due.
    private static let turnPause = TimeAmount.microseconds(50)

    /// Has `worker` go on after a burst once the event loop has looked at the others.
    func scheduleTurn(of worker: any TurnTaker) {
        guard !worker.isAwaitingTurn else { return }
        worker.isAwaitingTurn = true
        awaitingTurn.append(worker)
        if !isTurnScheduled { scheduleTurns() }
    }

    private func scheduleTurns() {
        isTurnScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: EventLoopConnections.turnPause) { bound.value.takeTurns() }
    }

    private func takeTurns() {
        var workers: [any TurnTaker] = []
        swap(&workers, &awaitingTurn)
        for worker in workers { worker.takeTurn() }
        isTurnScheduled = false
        if !awaitingTurn.isEmpty { scheduleTurns() }
    }
}

// MARK: - Output buffers

extension EventLoopConnections {
    /// The most capacity that the spare buffer may keep.
    private static let spareCapacity = 128 * 1024

    /// An empty buffer to write answers to, whose storage is reused from burst to burst, whatever the connection.
    func takeOutput() -> ByteBuffer {
        var output = ByteBuffer()
        swap(&output, &spareOutput)
        output.clear(minimumCapacity: 1024)
        return output
    }

    /// Gives a buffer back once it has been handed to the channel, which may hold it still.
    func returnOutput(_ output: consuming ByteBuffer) {
        if output.capacity <= EventLoopConnections.spareCapacity { spareOutput = output }
    }
}
