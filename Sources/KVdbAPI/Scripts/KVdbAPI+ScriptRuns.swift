import HTTPAPI
import HTTPServer
import KeyValueStore
import LuaScripting
import NIOCore
import Storage

extension KVdbAPI {
    /// `GET` and `POST /BUCKET/scripts/NAME`: anyone may, but a token that is shown must be good, and holds the script to it.
    func run(
        script name: [UInt8], _ request: Request, in bucket: Namespace, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let credential = try Credential(request, request.query, ignoresKey: true)
        let access = try accessControl.access(to: bucket, credential)
        let promise = eventLoop.makePromise(of: Response.self)
        let run = ScriptRun(self, bucket, name, access, request, promise)
        if !run.submit() {
            scriptCounts.withLock { $0.refused &+= 1 }
            promise.succeed(Answers.error(.tooManyScripts, to: request))
        }
        return .pending(promise.futureResult)
    }

    /// A script as it is now, compiled. May block on the disk, and takes the time that it takes to compile it.
    func script(named name: [UInt8], in bucket: Namespace) throws(APIError) -> CompiledScript {
        let revision = try reading { () throws(StorageError) in try store.scriptRevision(bucket, name) }
        guard let revision else { throw .scriptNotFound }
        if let script = compiledScripts.script(bucket.id, name, at: revision) { return script }
        let stored = try reading { () throws(StorageError) in try store.script(bucket, name) }
        guard let stored else { throw .scriptNotFound }
        let script = try compile(stored.source, name: name)
        compiledScripts.insert(script, bucket.id, name, at: stored.revision)
        return script
    }

    /// - Throws: 400 with name, line and reason.
    func compile(_ source: [UInt8], name: [UInt8]) throws(APIError) -> CompiledScript {
        do throws(CompiledScript.CompileError) {
            return try CompiledScript(
                compiling: source, name: String(decoding: name, as: UTF8.self), limits: options.scriptLimits)
        } catch {
            switch error {
            case .invalid(let message): throw .badRequest(APIError.message(message, of: name))
            case .exceeded(.cpuTime): throw .badRequest("this script takes too long to compile; make it simpler")
            case .exceeded: throw .badRequest("this script takes too much memory to compile; make it simpler")
            }
        }
    }

    private func reading<Result>(_ body: () throws(StorageError) -> Result) throws(APIError) -> Result {
        do throws(StoreError) {
            return try StoreError.wrapping(body)
        } catch {
            throw failure(error)
        }
    }
}

extension APIError {
    static let tooManyScripts = unavailable("too many scripts are waiting to run; try again soon", retryAfter: 1)
}
