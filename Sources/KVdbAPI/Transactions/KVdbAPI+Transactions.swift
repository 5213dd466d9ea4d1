import HTTPServer
import KeyValueStore
import NIOCore
import NIOPosix
import Storage

extension KVdbAPI {
    /// `POST /BUCKET` and `/BUCKET/`
    func transact(_ request: Request, in bucket: Bucket, on eventLoop: any EventLoop) throws(APIError) -> Reply {
        let credential = try Credential(request, request.query)
        let access = BucketAccess(keys: bucket.accessKeys, serverSecret: serverSecret)
        let (body, parser) = (request.body, TransactionParser(options: options))
        guard body.readableBytes > Self.maxSizeOnEventLoop else {
            let transaction = try parser.parse(Array(body.readableBytesView))
            try access.require(transaction.operations, credential)
            return try run(transaction, request, in: bucket, on: eventLoop)
        }
        // Without the body, which would be held twice while the transaction waits.
        let rest = request.withoutBody
        return elsewhere(rest, on: eventLoop) {
            try parser.parse(Array(body.readableBytesView))
        } then: { (transaction) throws(APIError) in
            try access.require(transaction.operations, credential)
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
            let answer: @Sendable () -> Response = { Answers.json(TransactionResults.json(results)) }
            guard TransactionResults.size(results) > Self.maxSizeOnEventLoop else {
                return eventLoop.makeSucceededFuture(answer())
            }
            // The transaction is done, so it is answered here where those threads take no more work.
            return blockingThreads.runIfActive(eventLoop: eventLoop, answer).flatMapErrorThrowing { _ in answer() }
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

extension BucketAccess {
    /// Whether each operation may be done.
    ///
    /// - Throws: as `require`, with the operation's place before the text.
    func require(_ operations: [Transaction.Operation], _ credential: Credential) throws(APIError) {
        // A wrong credential is refused even where nothing is asked for.
        if operations.isEmpty, credential != .none {
            do throws(APIError) {
                try require(.read, credential)
            } catch {
                guard error.status != .unauthorized else { throw error }
            }
        }
        var granted: Set<Permission> = []
        for (index, operation) in operations.enumerated() {
            do throws(APIError) {
                switch operation {
                case .get: try require(.read, credential, &granted)
                case .set, .increment, .delete: try require(.write, credential, &granted)
                case .check:
                    // It tells less than any of the others do.
                    do throws(APIError) {
                        try require(.read, credential, &granted)
                    } catch {
                        try require(.write, credential, &granted)
                    }
                }
            } catch {
                throw error.naming(operation: index)
            }
        }
    }

    private func require(
        _ permission: Permission, _ credential: Credential, _ granted: inout Set<Permission>
    ) throws(APIError) {
        guard !granted.contains(permission) else { return }
        try require(permission, credential)
        granted.insert(permission)
    }
}

/// The answer to a transaction: `{"results":[…]}`.
enum TransactionResults {
    static func json(_ results: [Transaction.Result]) -> ByteBuffer {
        var writer = JSONWriter(buffer: ByteBufferAllocator().buffer(capacity: size(results)))
        writer.raw(#"{"results":["#)
        for (index, result) in results.enumerated() {
            if index > 0 { writer.raw(",") }
            write(result, to: &writer)
        }
        writer.raw("]}")
        return writer.buffer
    }

    /// About how long the answer is, in bytes.
    static func size(_ results: [Transaction.Result]) -> Int {
        results.reduce(0) { size, result in
            if case .got(let value?) = result { size + 64 + value.bytes.count } else { size + 64 }
        }
    }

    private static func write(_ result: Transaction.Result, to writer: inout JSONWriter) {
        switch result {
        case .set(let revision), .checked(let revision?):
            writer.raw(#"{"version":"#)
            writer.version(revision)
        case .checked(nil):
            writer.raw(#"{"version":null"#)
        case .deleted(let wasThere):
            writer.raw(wasThere ? #"{"deleted":true"# : #"{"deleted":false"#)
        case .incremented(let number, let revision):
            writer.raw(#"{"value":"#)
            writer.buffer.writeString(number.text)
            writer.raw(#","version":"#)
            writer.version(revision)
        case .got(nil):
            writer.raw(#"{"value":null,"version":null"#)
        case .got(let value?):
            writer.raw(#"{"value":"#)
            value.bytes.withUnsafeBytes { writer.value($0, value.type, isUTF8: value.isUTF8) }
            writer.raw(#","version":"#)
            writer.version(value.revision)
        }
        writer.raw("}")
    }
}

extension JSONWriter {
    /// A version as a string: it may be past the integers that every client's numbers can hold.
    fileprivate mutating func version(_ revision: Revision) {
        string(revision.description)
    }
}
