import NIOCore

/// An exchange on its way to the log, which gets it when the last of its answer was written, or can't be any more.
///
/// Used on its connection's event loop alone. In a place of its own, so that where nobody writes it down it costs no more than a look.
final class LoggedExchange {
    private var exchange: Exchange
    /// Nil once it is written down.
    private var log: (any ExchangeLog)?
    /// Bytes of the body that were handed to the channel.
    private var handed = 0
    /// Where the request's head is counted, once the handler holds it no more.
    private var memory: BodyMemory?

    init(_ exchange: Exchange, in log: any ExchangeLog) {
        self.exchange = exchange
        self.log = log
    }

    private var headSize: Int { exchange.request?.head.bytes.readableBytes ?? 0 }

    /// Notes that an answer begins.
    func answer(_ status: Status) {
        exchange.status = status
    }

    /// Notes that a write was handed to the channel that has so many bytes of the body.
    ///
    /// - Returns: the write's promise.
    func promise(bodySize: Int, on eventLoop: any EventLoop) -> EventLoopPromise<Void> {
        handed += bodySize
        let promise = eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { self.record($0, bodySize: bodySize) }
        return promise
    }

    /// Notes that the answer ends with a write of so many bytes of the body, of whose end `record` is to be told.
    ///
    /// A client may leave the answers to large requests untaken, so that what is kept of those counts in the server's
    /// `BodyMemory`. Where there is no room for it, the exchange is written down at once, as if all had been written.
    func awaitEnd(bodySize: Int, in memory: BodyMemory) {
        guard log != nil else { return }
        if memory.take(headSize, for: exchange.address) {
            self.memory = memory
        } else {
            exchange.bodySize = handed + bodySize
            end(isComplete: true)
        }
    }

    /// Notes what became of a write that has so many bytes of the body, and is the answer's last or not.
    func record(_ result: Result<Void, any Error>, bodySize: Int, isLast: Bool = false) {
        switch result {
        case .success:
            exchange.bodySize += bodySize
            if isLast { end(isComplete: true) }
        case .failure:
            end(isComplete: false)
        }
    }

    /// Writes the exchange down. Does nothing where that was done before.
    func end(isComplete: Bool) {
        guard let log else { return }
        self.log = nil
        memory?.release(headSize, for: exchange.address)
        exchange.isComplete = isComplete
        exchange.duration = NIODeadline.now() - exchange.start
        log.record(exchange)
    }
}
