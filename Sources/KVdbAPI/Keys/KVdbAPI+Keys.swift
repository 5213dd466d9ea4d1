import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

extension KVdbAPI {
    /// Everything under `/BUCKET/KEY`.
    func answer(
        _ request: Request, bucket: Bucket, key: UnsafeRawBufferPointer, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let query = request.query
        let credential = try Credential(request, query)
        let access = try accessControl.access(to: bucket.namespace, credential)
        let name = bucket.name
        switch request.method {
        case .get, .head:
            try access.require(.get(key))
            guard case .existing(let namespace) = bucket else { throw .bucketNotFound }
            return try get(request, namespace, key, on: eventLoop)
        case .put, .post:
            try access.require(.set(key))
            return try set(request, query, name, Array(key), on: eventLoop)
        case .patch:
            try access.require(.set(key))
            return try increment(request, query, name, Array(key), on: eventLoop)
        case .delete:
            try access.require(.delete(key))
            let condition = try Precondition(request)
            return writing(request, on: eventLoop) { completion in
                store.delete(name, Array(key), if: condition, completion: completion)
            } then: { (wasThere) throws(APIError) in
                guard wasThere else { throw .nothingToDelete }
                return Answers.done
            }
        default:
            throw .methodNotAllowed(Methods.key)
        }
    }

    private func get(
        _ request: Request, _ bucket: Namespace, _ key: UnsafeRawBufferPointer, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let condition = try Precondition(request)
        switch store.cachedRecord(bucket, key, { Answers.value($0, if: condition) }) {
        case .found(let answer):
            return .ready(try answer.get())
        case .absent:
            throw .keyNotFound
        case .wouldBlock:
            let key = Array(key)
            return blocking(request, on: eventLoop) { () throws(StorageError) in
                try self.store.record(bucket, key) { Answers.value($0, if: condition) }
            } then: { (answer) throws(APIError) in
                guard let answer else { throw .keyNotFound }
                return .ready(try answer.get())
            }
        }
    }

    private func set(
        _ request: Request, _ query: Parameters, _ bucket: NamespaceName, _ key: [UInt8],
        on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let value = NewValue(
            bytes: Array(request.body.readableBytesView), contentType: try contentType(of: request),
            timeToLive: try timeToLive(query))
        let condition = try Precondition(request)
        return writing(request, on: eventLoop) { completion in
            store.set(bucket, key, to: value, if: condition, completion: completion)
        } then: { revision in
            Answers.written(revision)
        }
    }

    private func increment(
        _ request: Request, _ query: Parameters, _ bucket: NamespaceName, _ key: [UInt8],
        on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let text = request.body.readableBytesView.trimmingWhiteSpace()
        let difference: Number
        do throws(Number.Failure) {
            difference = try Number(parsing: text)
        } catch {
            switch error {
            case .notANumber: throw .badRequest("the body must be the number to add, as +1, -2.5 or 0")
            case .outOfRange: throw .badRequest("the number to add does not fit 64 bits; give a smaller one")
            }
        }
        let timeToLive = try timeToLive(query)
        let condition = try Precondition(request)
        return writing(request, on: eventLoop) { completion in
            store.increment(
                bucket, key, by: difference, timeToLive: timeToLive, if: condition, completion: completion)
        } then: { sum in
            Answers.number(sum.number, sum.revision)
        }
    }

    private func timeToLive(_ query: Parameters) throws(APIError) -> TimeToLive? {
        guard let text = try query.text("ttl") else { return nil }
        return try TimeToLive(seconds: text, name: "ttl")
    }

    /// The media type to keep with a value: a form's type says how it was sent, not what it is.
    private func contentType(of request: Request) throws(APIError) -> ContentType {
        guard let type = request.withHeaderBytes(.contentType, { $0.map { Array($0) } }), !type.isEmpty else {
            return .unspecified
        }
        let essence = String(decoding: type, as: UTF8.self).lowercased().prefix { $0 != ";" }.trimmingSpaces()
        if essence == "application/x-www-form-urlencoded" || essence == "multipart/form-data" { return .unspecified }
        guard type.count <= ContentType.maxLength else {
            throw .badRequest("Content-Type may have at most \(ContentType.maxLength) bytes; give a shorter one")
        }
        return .explicit(type)
    }
}

extension ByteBufferView {
    /// Without the spaces and line ends that shells leave around a number.
    func trimmingWhiteSpace() -> Slice<ByteBufferView> {
        let isWhiteSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let start = firstIndex(where: { !isWhiteSpace($0) }), let end = lastIndex(where: { !isWhiteSpace($0) })
        else { return Slice(base: self, bounds: startIndex..<startIndex) }
        return Slice(base: self, bounds: start..<index(after: end))
    }
}
