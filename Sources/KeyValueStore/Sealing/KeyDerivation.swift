import Crypto
import CryptoExtras
import DequeModule
import NIOPosix
import Synchronization

/// Makes seals of passphrases by scrypt (RFC 7914), one at a time on a thread of its own, and remembers them for a while.
///
/// A derivation is meant to be slow, so the passphrases that wait for theirs are bounded, in all and for each client; those
/// who ask for the same one wait together. Safe to use from any thread.
public final class KeyDerivation: Sendable {
    public enum Failure: Error, Hashable, Sendable {
        /// Too many passphrases wait, of all clients or of this one.
        case busy
        /// It was shut down, or who asked is gone.
        case closed
    }

    public struct Options: Sendable {
        /// scrypt's N; with r = 8 and p = 1 it takes 1 KiB of memory for each while it runs: 128 MiB.
        public var cost = 1 << 17
        /// How long a seal is remembered.
        public var lifetime: Duration = .seconds(600)
        /// How many seals are remembered.
        public var capacity = 4096
        /// How many passphrases may wait.
        public var waitingMax = 32
        /// How many of one client's may wait.
        public var waitingMaxOfClient = 4

        public init() {}
    }

    /// Who asks for a derivation.
    public struct Requester: Sendable {
        /// By what the client is told from others; nil where there are none.
        public var client: String?
        /// Whether nobody waits for the answer any more.
        public var isGone: @Sendable () -> Bool

        public init(client: String? = nil, isGone: @escaping @Sendable () -> Bool = { false }) {
            self.client = client
            self.isGone = isGone
        }
    }

    fileprivate typealias Fingerprint = HashedAuthenticationCode<SHA256>
    fileprivate typealias Promise = CheckedContinuation<Result<Seal, Failure>, Never>

    fileprivate struct Job {
        let client: String?
        var waiting: [(promise: Promise, requester: Requester)]
    }

    fileprivate struct State {
        var seals: [Fingerprint: Seal] = [:]
        /// In the order in which they were derived, which is that in which their time ends.
        var ends: Deque<(fingerprint: Fingerprint, end: ContinuousClock.Instant)> = []
        var jobs: [Fingerprint: Job] = [:]
        var jobCounts: [String: Int] = [:]
    }

    private let options: Options
    private let clock: @Sendable () -> ContinuousClock.Instant
    /// So that no passphrase stays in memory, only what can't be told from random bytes.
    private let fingerprintKey = SymmetricKey(size: .bits256)
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())

    public init(
        options: Options = Options(), clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.options = options
        self.clock = clock
        thread.start()
    }

    /// Ends the thread; what waits fails as `closed`.
    public func shutdown() async {
        try? await thread.shutdownGracefully()
    }

    /// How many passphrases wait for their derivation.
    public var waitingCount: Int { state.withLock { $0.jobs.count } }

    /// How many seals are remembered, those too whose time has ended since the last derivation.
    var rememberedCount: Int { state.withLock { $0.seals.count } }

    /// The seal of a passphrase that is not empty, for the database that `salt` is of.
    public func seal(
        _ passphrase: String, _ salt: SealingSalt, for requester: Requester = Requester()
    ) async throws(Failure) -> Seal {
        let passphrase = Array(passphrase.utf8)
        let fingerprint = HMAC<SHA256>.authenticationCode(for: salt.bytes + passphrase, using: fingerprintKey)
        let result = await withCheckedContinuation { (promise: Promise) in
            let entry = enter(fingerprint, (promise, requester))
            switch entry {
            case .answered(let result): promise.resume(returning: result)
            case .joined: break
            case .begun: begin(fingerprint, passphrase, salt)
            }
        }
        return try result.get()
    }

    private enum Entry {
        case answered(Result<Seal, Failure>)
        /// Another waits for the same already.
        case joined
        case begun
    }

    private func enter(
        _ fingerprint: Fingerprint, _ waiting: (promise: Promise, requester: Requester)
    ) -> Entry {
        let now = clock()
        return state.withLock { state in
            state.forget(endedBy: now)
            if let seal = state.seals[fingerprint] { return .answered(.success(seal)) }
            if state.jobs[fingerprint] != nil {
                state.jobs[fingerprint]?.waiting.append(waiting)
                return .joined
            }
            let client = waiting.requester.client
            let countOfClient = client.flatMap { state.jobCounts[$0] } ?? 0
            guard state.jobs.count < options.waitingMax, countOfClient < options.waitingMaxOfClient else {
                return .answered(.failure(.busy))
            }
            state.jobs[fingerprint] = Job(client: client, waiting: [waiting])
            if let client { state.jobCounts[client] = countOfClient + 1 }
            return .begun
        }
    }

    private func begin(_ fingerprint: Fingerprint, _ passphrase: [UInt8], _ salt: SealingSalt) {
        thread.submit { [self] threadState in
            guard case .active = threadState else { return end(fingerprint, .failure(.closed)) }
            guard isAwaited(fingerprint) else { return }
            ThreadPriority.lower()
            guard
                // scrypt's HMAC takes a passphrase for the same with zeros behind it, or if long for its digest (RFC 2104 §2).
                let key = try? KDF.Scrypt.deriveKey(
                    from: Array(SHA256.hash(data: passphrase)), salt: salt.bytes, outputByteCount: 32,
                    rounds: options.cost, blockSize: 8,
                    parallelism: 1)
            else { return end(fingerprint, .failure(.busy)) }
            end(fingerprint, .success(Seal(key: key, salt: salt)))
        }
    }

    /// Whether somebody waits for it still; ends it where nobody does.
    private func isAwaited(_ fingerprint: Fingerprint) -> Bool {
        let waiting = state.withLock { $0.jobs[fingerprint]?.waiting ?? [] }
        // Outside of the lock, for it is the requester's code.
        guard waiting.allSatisfy({ $0.requester.isGone() }) else { return true }
        let abandoned = state.withLock { state -> Job? in
            // Unless somebody has joined meanwhile.
            guard state.jobs[fingerprint]?.waiting.count == waiting.count else { return nil }
            return state.removeJob(fingerprint)
        }
        guard let abandoned else { return true }
        abandoned.resume(.failure(.closed))
        return false
    }

    private func end(_ fingerprint: Fingerprint, _ result: Result<Seal, Failure>) {
        let now = clock()
        let job = state.withLock { state in
            if case .success(let seal) = result {
                state.seals[fingerprint] = seal
                state.ends.append((fingerprint, now + options.lifetime))
                state.forget(toHave: options.capacity)
            }
            return state.removeJob(fingerprint)
        }
        job?.resume(result)
        guard case .success = result else { return }
        // Also where nobody asks for a passphrase any more.
        Task { [weak self, options] in
            try? await Task.sleep(for: options.lifetime)
            guard let self else { return }
            let now = clock()
            state.withLock { $0.forget(endedBy: now) }
        }
    }
}

extension KeyDerivation.Job {
    fileprivate func resume(_ result: Result<Seal, KeyDerivation.Failure>) {
        for (promise, _) in waiting { promise.resume(returning: result) }
    }
}

extension KeyDerivation.State {
    fileprivate mutating func removeJob(_ fingerprint: KeyDerivation.Fingerprint) -> KeyDerivation.Job? {
        guard let job = jobs.removeValue(forKey: fingerprint) else { return nil }
        if let client = job.client, let count = jobCounts[client] { jobCounts[client] = count > 1 ? count - 1 : nil }
        return job
    }

    fileprivate mutating func forget(endedBy now: ContinuousClock.Instant) {
        while let first = ends.first, first.end <= now {
            ends.removeFirst()
            seals[first.fingerprint] = nil
        }
    }

    fileprivate mutating func forget(toHave count: Int) {
        while ends.count > count, let first = ends.popFirst() { seals[first.fingerprint] = nil }
    }
}
