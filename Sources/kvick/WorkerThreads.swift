import HTTPAPI
import KVdbAPI
import KeyValueStore
import NIOPosix

/// The threads on which is done what no event loop may wait for.
struct WorkerThreads: Sendable {
    /// For reads that may wait for a disk.
    let blocking = NIOThreadPool(numberOfThreads: max(4, Processors.count * 2))
    let scans = ScanThreads(numberOfThreads: max(2, Processors.count))
    let keyDerivation = KeyDerivation()
    let scripts = ScriptThreads(numberOfThreads: Processors.count)

    init() {
        blocking.start()
    }

    func shutdown() async {
        await keyDerivation.shutdown()
        await scripts.shutdown()
        await scans.shutdown()
        try? await blocking.shutdownGracefully()
    }
}
