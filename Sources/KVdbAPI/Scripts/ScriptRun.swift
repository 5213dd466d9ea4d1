import HTTPAPI
import HTTPServer
import KeyValueStore
import LuaScripting
import NIOCore
import Storage

/// One request to a script: it is run until it commits, from a clean state each time that another write comes between.
struct ScriptRun: Sendable {
    let api: KVdbAPI
    let bucket: Namespace
    let name: [UInt8]
    let access: Access
    let request: Request
    let promise: EventLoopPromise<Response>
    /// The same for each attempt, as the time is.
    let seed: (UInt64, UInt64)
    let time: Timestamp

    /// How often it is run at most.
    private static var attemptsMax: Int { 16 }

    init(
        _ api: KVdbAPI, _ bucket: Namespace, _ name: [UInt8], _ access: Access, _ request: Request,
        _ promise: EventLoopPromise<Response>
    ) {
        self.api = api
        self.bucket = bucket
        self.name = name
        self.access = access
        self.request = request
        self.promise = promise
        var generator = SystemRandomNumberGenerator()
        seed = (generator.next(), generator.next())
        time = api.store.clock()
    }

    /// - Returns: false, with nothing done, where too many runs wait.
    func submit(attempt: Int = 1) -> Bool {
        let job = ScriptThreads.Job(bucket: bucket.id, client: request.remoteAddress?.rateLimitKey) { batch in
            do throws(APIError) {
                try run(attempt, batch)
            } catch {
                fail(error)
            }
        } refuse: {
            fail(APIError(.closed, namespace: .bucket))
        }
        return api.scriptThreads.submit(job, attempt > 1 ? .again : .usual)
    }

    private func fail(_ error: APIError) {
        promise.succeed(Answers.error(error, to: request))
    }

    // MARK: On a thread for scripts

    private func run(_ attempt: Int, _ batch: RunBatch) throws(APIError) {
        // Nobody waits for it any more, and others wait for the thread.
        guard !request.isAbandoned else { throw APIError(.closed, namespace: .bucket) }
        let script = try script()
        let input = CompiledScript.Input(
            variables: try ScriptVariables.variables(of: request), time: time.milliseconds / 1000, seed: seed)
        let limits = api.options.scriptLimits
        let transaction = try beginTransaction()
        let host = BucketScriptHost(
            transaction, bucket: bucket, access: access, accessControl: api.accessControl, options: api.options)
        api.scriptCounts.withLock { $0.runs &+= 1 }
        let response: Response
        var holds: [MemoryHold] = []
        do throws(APIError) {
            let finished = try answer(script.run(input, limits: limits, host: host), host)
            holds = try hold(finished, written: transaction.writtenSize)
            response = finished
        } catch {
            // What it failed by may be a write that is not yet certain, so that is made sure of first.
            transaction.discardWrites()
            response = Answers.error(error, to: request)
        }
        guard transaction.needsCommit else { return batch.add(response, to: promise) }
        transaction.commit(quietly: true) { [holds] result in
            withExtendedLifetime(holds) { end(attempt, result, response) }
        }
        batch.addCommit { [store = api.store] in store.wakeWriter() }
    }

    private func script() throws(APIError) -> CompiledScript {
        do throws(APIError) {
            return try api.script(named: name, in: bucket)
        } catch {
            // One that was put under other limits is not the caller's mistake.
            throw error.status == .badRequest ? .scriptFailed(error.message) : error
        }
    }

    private func beginTransaction() throws(APIError) -> OptimisticTransaction {
        let limits = api.options.scriptLimits
        do throws(StoreError) {
            return try api.store.beginTransaction(
                in: bucket,
                limits: OptimisticLimits(reads: limits.reads, writes: limits.writes, size: limits.memory))
        } catch {
            throw api.failure(error)
        }
    }

    /// Counts what waits for the commit.
    private func hold(_ response: Response, written: Int) throws(APIError) -> [MemoryHold] {
        guard case .bytes(let body) = response.body,
            let answer = MemoryHold(body.readableBytes, of: api.resultMemory),
            let writes = MemoryHold(written, of: api.scriptWriteMemory)
        else {
            throw .unavailable(
                "too much that scripts write is under way; nothing was changed, try again soon", retryAfter: 1)
        }
        return [answer, writes]
    }

    private func answer(_ result: ScriptResult, _ host: BucketScriptHost) throws(APIError) -> Response {
        let limits = api.options.scriptLimits
        switch result.outcome {
        case .finished(let answer):
            do throws(APIError) {
                return try Answers.script(answer)
            } catch {
                throw named(error.message)
            }
        case .failed(let message): throw named(message)
        case .exceeded(.cpuTime): throw exceeded(.cpu, "\(limits.cpuTime.milliseconds) ms of CPU time")
        case .exceeded(.memory): throw exceeded(.memory, "\(limits.memory) bytes of memory")
        case .exceeded(.output): throw exceeded(.output, "\(limits.output) bytes of output")
        case .stopped:
            switch host.obstacle {
            case .limit(let limit, let amount): throw exceeded(limit, amount)
            case .failure(let error): throw error
            case nil: throw .unreadable
            }
        }
    }

    private func exceeded(_ limit: RunLimit, _ amount: String) -> APIError {
        api.scriptCounts.withLock { $0.exceeded[limit, default: 0] &+= 1 }
        return .scriptExceeded(limit, amount)
    }

    private func named(_ message: String) -> APIError {
        api.scriptCounts.withLock { $0.failures &+= 1 }
        return .scriptFailed(APIError.message(message, of: name))
    }

    private func end(_ attempt: Int, _ result: Result<Void, StoreError>, _ response: Response) {
        switch result {
        case .success:
            promise.succeed(response)
        case .failure(.conflict) where attempt < Self.attemptsMax:
            api.scriptCounts.withLock { $0.conflicts &+= 1 }
            // One that runs again is always taken.
            _ = submit(attempt: attempt + 1)
        case .failure(let error):
            fail(api.failure(error))
        }
    }
}

extension Duration {
    /// In whole milliseconds.
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
