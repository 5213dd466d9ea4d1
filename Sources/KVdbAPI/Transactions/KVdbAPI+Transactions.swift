import HTTPAPI
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
        // Without the body, which would be held twice while the transaction waits.
        let rest = request.withoutBody
        guard body.readableBytes > Self.maxSizeOnEventLoop else {
            let transaction = try parser.parse(Array(body.readableBytesView))
            try access.require(transaction.operations)
            return try run(transaction, rest, in: bucket, on: eventLoop)
        }
        return elsewhere(rest, on: eventLoop) {
            try parser.parse(Array(body.readableBytesView))
        } then: { (transaction) throws(APIError) in
            try access.require(transaction.operations)
            return try self.run(transaction, rest, in: bucket, on: eventLoop)
        }
    }

    /// Bodies and results up to this size are read and written on the event loop, in bytes.
    private static var maxSizeOnEventLoop: Int { 64 << 10 }

    /// How many reads of a transaction may be left to the writer, where memory holds nothing of them.
    private static var maxReadsOnWriter: Int { 4 }

    private func run(
        _ transaction: Transaction, _ request: Request, in bucket: Bucket, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        if transaction.isReadOnly, bucket.namespace == nil { throw .bucketNotFound }
        let (form, size) = (Accept.form(request), transaction.maxResultSize)
        guard size == 0 || resultMemory.take(size) else {
            throw .unavailable(
                "the results of too many transactions are under way; nothing was changed, try again soon", retryAfter: 1
            )
        }
        let response =
            if transaction.isReadOnly, let namespace = bucket.namespace {
                read(transaction, request, in: namespace, on: eventLoop)
            } else {
                write(transaction, request, in: bucket, on: eventLoop)
            }
        // A future ends once, however it ends.
        return .pending(
            response.always { [resultMemory] _ in
                resultMemory.release(size)
            }.flatMapErrorThrowing { error in Answers.error(self.failure(error), in: form) })
    }

    private func read(
        _ transaction: Transaction, _ request: Request, in namespace: Namespace, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Response> {
        running(request, on: eventLoop) { [store] in
            let results = try store.read(transaction, in: namespace)
            guard !request.isAbandoned else { throw StoreError.closed }
            return Answers.json(TransactionResults.json(results))
        }
    }

    private func write(
        _ transaction: Transaction, _ request: Request, in bucket: Bucket, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Response> {
        guard transaction.readCount > Self.maxReadsOnWriter, let namespace = bucket.namespace else {
            return submit(transaction, in: bucket.name, on: eventLoop)
        }
        return running(request, on: eventLoop) { [store] in
            store.readAhead(of: transaction, in: namespace)
        }.flatMap {
            self.submit(transaction, in: bucket.name, on: eventLoop)
        }
    }

    /// Has the writer run the transaction.
    private func submit(
        _ transaction: Transaction, in bucket: NamespaceName, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Response> {
        let promise = eventLoop.makePromise(of: [Transaction.Result].self)
        store.run(transaction, in: bucket) { result in
            promise.completeWith(result.mapError { $0 as any Error })
        }
        return promise.futureResult.flatMap { [blockingThreads] results in
            guard TransactionResults.size(results) > Self.maxSizeOnEventLoop else {
                return eventLoop.makeSucceededFuture(Answers.json(TransactionResults.json(results)))
            }
            // The transaction is done, so it is answered here where those threads take no more work.
            return blockingThreads.runIfActive(eventLoop: eventLoop) { Answers.json(TransactionResults.json(results)) }
                .flatMapErrorThrowing { _ in Answers.json(TransactionResults.json(results)) }
        }
    }
}
