import HTTPServer
import KeyValueStore
import NIOCore
import NIOPosix
import Storage

extension KVdbAPI {
    /// Runs `work` where it may block, then answers on the event loop with what it gave.
    func blocking<Value: Sendable>(
        _ request: Request, on eventLoop: any EventLoop,
        _ work: @escaping @Sendable () throws(StorageError) -> Value,
        then answer: @escaping @Sendable (Value) throws(APIError) -> Reply
    ) -> Reply {
        let future = blockingThreads.runIfActive(eventLoop: eventLoop) { () throws -> Result<Value, StorageError> in
            do throws(StorageError) {
                return .success(try work())
            } catch {
                return .failure(error)
            }
        }
        return .pending(
            future.flatMap { result in
                switch result {
                case .success(let value):
                    do throws(APIError) {
                        switch try answer(value) {
                        case .ready(let response): return eventLoop.makeSucceededFuture(response)
                        case .pending(let future): return future
                        }
                    } catch {
                        return eventLoop.makeSucceededFuture(Answers.error(error, to: request))
                    }
                case .failure(let error):
                    logger.error("a read failed", metadata: ["error": "\(error)"])
                    return eventLoop.makeSucceededFuture(Answers.error(.unreadable, to: request))
                }
            })
    }

    /// Answers once the writer has ended a command that `submit` hands it.
    func writing<Value: Sendable>(
        _ request: Request, on eventLoop: any EventLoop,
        _ submit: (@escaping @Sendable (Result<Value, StoreError>) -> Void) -> Void,
        then answer: @escaping @Sendable (Value) throws(APIError) -> Response
    ) -> Reply {
        let promise = eventLoop.makePromise(of: Response.self)
        submit { result in
            do throws(APIError) {
                switch result {
                case .success(let value):
                    promise.succeed(try answer(value))
                case .failure(let error):
                    if case .storage(let cause) = error {
                        logger.error("a read failed", metadata: ["error": "\(cause)"])
                    }
                    throw APIError(error)
                }
            } catch {
                promise.succeed(Answers.error(error, to: request))
            }
        }
        return .pending(promise.futureResult)
    }
}
