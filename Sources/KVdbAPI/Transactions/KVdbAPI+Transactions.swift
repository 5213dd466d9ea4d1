import HTTPServer
import KeyValueStore
import NIOCore
import NIOPosix
import Storage

extension KVdbAPI {
    /// `POST /BUCKET` and `/BUCKET/`
    func transact(_ request: Request, in bucket: Bucket, on eventLoop: any EventLoop) throws(APIError) -> Reply {
        let credential = try Credential(request, request.query)
        let access = try accessControl.access(to: bucket.namespace, credential)
        let (body, parser) = (request.body, TransactionParser(options: options))
        guard body.readableBytes > Self.maxSizeOnEventLoop else {
            let transaction = try parser.parse(Array(body.readableBytesView))
            try access.require(transaction.operations)
            return try run(transaction, request, in: bucket, on: eventLoop)
        }
        // Without the body, which would be held twice while the transaction waits.
        let rest = request.withoutBody
        return elsewhere(rest, on: eventLoop) {
            try parser.parse(Array(body.readableBytesView))
        } then: { (transaction) throws(APIError) in
            try access.require(transaction.operations)
            return try run(transaction, rest, in: bucket, on: eventLoop)
        }
    }

    /// Bodies and results up to this size are read and written on the event loop, in bytes.
    private static var maxSizeOnEventLoop: Int { 64 << 10 }

    private func run(
        _ transaction: Transaction, _ request: Request, in bucket: Bucket, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        guard transaction.isReadOnly else {
            return write(transaction, Accept.form(request), in: bucket.name, on: eventLoop)
        }
        guard case .existing(let namespace) = bucket else { throw .bucketNotFound }
        return elsewhere(request, on: eventLoop) { [store] in
            Answers.json(TransactionResults.json(try store.read(transaction, in: namespace)))
        } then: { response in
            .ready(response)
        }
    }

    private func write(
        _ transaction: Transaction, _ form: Accept.Form?, in bucket: NamespaceName, on eventLoop: any EventLoop
    ) -> Reply {
        let promise = eventLoop.makePromise(of: [Transaction.Result].self)
        store.run(transaction, in: bucket) { result in
            promise.completeWith(result.mapError { $0 as any Error })
        }
        let future = promise.futureResult.flatMap { [blockingThreads] results in
            guard TransactionResults.size(results) > Self.maxSizeOnEventLoop else {
                return eventLoop.makeSucceededFuture(Answers.json(TransactionResults.json(results)))
            }
            // The transaction is done, so it is answered here where those threads take no more work.
            return blockingThreads.runIfActive(eventLoop: eventLoop) { Answers.json(TransactionResults.json(results)) }
                .flatMapErrorThrowing { _ in Answers.json(TransactionResults.json(results)) }
        }
        return .pending(future.flatMapErrorThrowing { error in Answers.error(failure(error), in: form) })
    }
}

extension Request {
    /// The same without its body.
    fileprivate var withoutBody: Request {
        var request = self
        request.body = ByteBuffer()
        return request
    }
}
