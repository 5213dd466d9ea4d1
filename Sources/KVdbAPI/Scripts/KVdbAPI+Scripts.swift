import HTTPAPI
import HTTPServer
import KeyValueStore
import LuaScripting
import NIOCore
import Storage

extension KVdbAPI {
    /// `GET /BUCKET/scripts/`
    func listScripts(_ request: Request, bucket: Namespace, on eventLoop: any EventLoop) throws(APIError) -> Reply {
        try accessControl.requireManagement(of: bucket, try Credential(request, request.query))
        return blocking(request, on: eventLoop) { [store] () throws(StorageError) in
            try store.scripts(bucket)
        } then: { scripts in
            .ready(Answers.scripts(ScriptList.json(scripts)))
        }
    }

    /// Everything under `/BUCKET/scripts/NAME`.
    func answer(
        _ request: Request, bucket: Namespace, script encodedName: UnsafeRawBufferPointer, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let query = request.query
        let name = ScriptName.decode(encodedName)
        let isRun =
            switch request.method {
            case .get, .head: try query.flag("source") != true
            case .post: true
            default: false
            }
        if isRun {
            guard let name else { throw .scriptNotFound }
            return try run(script: name, request, in: bucket, on: eventLoop)
        }
        try accessControl.requireManagement(of: bucket, try Credential(request, query))
        switch request.method {
        case .get, .head: return try source(request, bucket, name, on: eventLoop)
        case .put: return try setScript(request, bucket, name, on: eventLoop)
        case .delete: return try deleteScript(request, bucket, name, on: eventLoop)
        default: throw .methodNotAllowed(Methods.script)
        }
    }

    private func source(
        _ request: Request, _ bucket: Namespace, _ name: [UInt8]?, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        guard let name else { throw .scriptNotFound }
        let condition = try Precondition(request)
        return blocking(request, on: eventLoop) { [store] () throws(StorageError) in
            try store.script(bucket, name)
        } then: { (script) throws(APIError) in
            guard let script else { throw .scriptNotFound }
            return .ready(try Answers.source(script, if: condition))
        }
    }

    private func setScript(
        _ request: Request, _ bucket: Namespace, _ name: [UInt8]?, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        guard let name else {
            throw .badRequest("a script's name is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'; choose another")
        }
        let source = Array(request.body.readableBytesView)
        let condition = try Precondition(request)
        let form = Accept.form(request)
        return .pending(
            compiling(source, name: name, in: bucket, on: eventLoop).flatMap { script in
                let promise = eventLoop.makePromise(of: Revision.self)
                self.store.setScript(bucket.name, name, to: source, if: condition) { result in
                    promise.completeWith(result.mapError { $0 as any Error })
                }
                return promise.futureResult.map { revision in
                    self.compiledScripts.insert(script, bucket.id, name, at: revision)
                    return Answers.written(revision)
                }
            }.flatMapErrorThrowing { error in Answers.error(self.failure(error), in: form) })
    }

    /// Compiles a source on a thread for scripts; fails as `compile` does, or where too many wait.
    private func compiling(
        _ source: [UInt8], name: [UInt8], in bucket: Namespace, on eventLoop: any EventLoop
    ) -> EventLoopFuture<CompiledScript> {
        let promise = eventLoop.makePromise(of: CompiledScript.self)
        let job = ScriptThreads.Job(bucket: bucket.id, client: nil) { _ in
            promise.completeWith(Result { try self.compile(source, name: name) })
        } refuse: {
            promise.fail(APIError(.closed, namespace: .bucket))
        }
        if !scriptThreads.submit(job, .management) { promise.fail(APIError.tooManyScripts) }
        return promise.futureResult
    }

    private func deleteScript(
        _ request: Request, _ bucket: Namespace, _ name: [UInt8]?, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        guard let name else { throw .scriptNotFound }
        let condition = try Precondition(request)
        return writing(request, on: eventLoop) { completion in
            store.deleteScript(bucket.name, name, if: condition, completion: completion)
        } then: { (wasThere) throws(APIError) in
            self.compiledScripts.remove(bucket.id, name)
            guard wasThere else { throw .scriptNotFound }
            return Answers.done
        }
    }
}
