import HTTPServer
import KeyValueStore
import NIOCore
import NIOPosix
import Storage

extension KVdbAPI {
    /// Runs `read` where it may block, then answers on the event loop with what it gave.
    func blocking<Value: Sendable>(
        _ request: Request, on eventLoop: any EventLoop,
        _ read: @escaping @Sendable () throws(StorageError) -> Value,
        then answer: @escaping @Sendable (Value) throws(APIError) -> Reply
    ) -> Reply {
        .pending(
            reading(request, on: eventLoop, read).flatMapThrowing { value in
                try answer(value)
            }.flatMap { reply in
                switch reply {
                case .ready(let response): eventLoop.makeSucceededFuture(response)
                case .pending(let future): future
                }
            }.flatMapErrorThrowing { error in Answers.error(failure(error), to: request) })
    }

    /// Runs `read` where it may block. The future, of `eventLoop`, fails with a `StoreError`.
    func reading<Value: Sendable>(
        _ request: Request, on eventLoop: any EventLoop,
        _ read: @escaping @Sendable () throws(StorageError) -> Value
    ) -> EventLoopFuture<Value> {
        blockingThreads.runIfActive(eventLoop: eventLoop) { () throws -> Value in
            // Nobody waits for it any more, and others wait for the thread.
            guard !request.isAbandoned else { throw StoreError.closed }
            do throws(StorageError) {
                return try read()
            } catch {
                throw StoreError.storage(error)
            }
        }
    }

    /// Answers once the writer has ended a command that `submit` hands it.
    func writing<Value: Sendable>(
        _ request: Request, on eventLoop: any EventLoop,
        _ submit: (@escaping @Sendable (Result<Value, StoreError>) -> Void) -> Void,
        then answer: @escaping @Sendable (Value) throws(APIError) -> Response
    ) -> Reply {
        let promise = eventLoop.makePromise(of: Response.self)
        // The request itself is not kept: its body would be held twice while the command waits.
        let form = Accept.form(request)
        submit { result in
            do {
                promise.succeed(try answer(try result.get()))
            } catch {
                promise.succeed(Answers.error(failure(error), in: form))
            }
        }
        return .pending(promise.futureResult)
    }

    /// The answer to whatever stopped a request, which is logged where the operator has to know.
    func failure(_ error: any Error) -> APIError {
        switch error {
        case let error as APIError:
            return error
        case let error as StoreError:
            if case .storage(let cause) = error { logger.error("a read failed", metadata: ["error": "\(cause)"]) }
            return APIError(error)
        default:
            // The threads take no more work.
            return APIError(.closed)
        }
    }
}
