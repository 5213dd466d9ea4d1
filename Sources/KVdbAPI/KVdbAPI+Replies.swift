import HTTPAPI
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
        elsewhere(request, on: eventLoop, { try StoreError.wrapping(read) }, then: answer)
    }

    /// Runs `work`, which may block or take long, off the event loop, then answers on it with what that gave.
    func elsewhere<Value: Sendable>(
        _ request: Request, on eventLoop: any EventLoop,
        _ work: @escaping @Sendable () throws -> Value,
        then answer: @escaping @Sendable (Value) throws(APIError) -> Reply
    ) -> Reply {
        // The request itself is kept no longer than its turn takes to come: its body may be large.
        let form = Accept.form(request)
        return .pending(
            running(request, on: eventLoop, work).flatMapThrowing { value in
                try answer(value)
            }.flatMap { reply in
                switch reply {
                case .ready(let response): eventLoop.makeSucceededFuture(response)
                case .pending(let future): future
                }
            }.flatMapErrorThrowing { error in Answers.error(self.failure(error), in: form) })
    }

    /// Runs `work`, which may block or take long, off the event loop. The future is of `eventLoop`.
    func running<Value: Sendable>(
        _ request: Request, on eventLoop: any EventLoop, _ work: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        blockingThreads.runIfActive(eventLoop: eventLoop) { () throws -> Value in
            // Nobody waits for it any more, and others wait for the thread.
            guard !request.isAbandoned else { throw StoreError.closed }
            return try work()
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
                promise.succeed(Answers.error(self.failure(error), in: form))
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
            return APIError(error, namespace: .bucket)
        default:
            // The threads take no more work.
            return APIError(.closed, namespace: .bucket)
        }
    }
}
