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
    /// Bytes that are counted in the server's `BodyMemory`.
    private let size: Int
    /// Where they are; nil where there is no room for them.
    private let memory: BodyMemory?

    /// - Parameter memory: where the exchange counts until it is written down, since a client may leave the answers to a great many
    ///   requests untaken.
    init(_ exchange: Exchange, in log: any ExchangeLog, countedIn memory: BodyMemory) {
        self.exchange = exchange
        self.log = log
        size = MemoryLayout<Exchange>.size + (exchange.request?.size ?? 0)
        self.memory = memory.take(size, for: exchange.address) ? memory : nil
    }

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

    /// Notes that the answer ends with a write of so many bytes of the body.
    ///
    /// - Returns: whether `record` is to be told of that write's end. Where there is no room to wait for it, the exchange is
    ///   written down now, as if all had been written.
    func awaitsEnd(bodySize: Int) -> Bool {
        guard memory == nil else { return true }
        exchange.bodySize = handed + bodySize
        end(isComplete: true)
        return false
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
        memory?.release(size, for: exchange.address)
        exchange.isComplete = isComplete
        exchange.duration = NIODeadline.now() - exchange.start
        log.record(exchange)
    }
}
