import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes lines to a file descriptor on a thread of its own. Safe to use from any thread.
///
/// Nobody waits for it: while the reader is slow lines are kept, up to a bound, and beyond that dropped and counted.
public final class LineOutput: Sendable {
    private struct State {
        var waiting = ByteBuffer()
        var isDraining = false
        var dropped: UInt64 = 0
        var isEnding = false
    }

    private let descriptor: CInt
    private let waitingSizeMax: Int
    private let state = Mutex(State())
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// So few that a write to a pipe that can take some does not block (PIPE_BUF).
    private static let pieceSize = 4096
    /// How long one look takes at whether a reader has gone on, and how long the end waits for one that does not, in milliseconds.
    private static let pollTime: CInt = 500
    /// Held by whoever writes, for two outputs may share a pipe, and what the one saw room for the other could fill.
    private static let writing = Mutex(())

    /// - Parameters:
    ///   - descriptor: stays open, and the caller's.
    ///   - waitingSizeMax: how much may wait, in bytes.
    public init(descriptor: CInt, waitingSizeMax: Int = 1 << 20) {
        self.descriptor = descriptor
        self.waitingSizeMax = waitingSizeMax
        thread.start()
    }

    /// How many lines there was no room for.
    public var droppedCount: UInt64 { state.withLock { $0.dropped } }

    /// Has a line written, which ends with a line feed. Never blocks.
    public func write(_ line: ByteBuffer) {
        let startsDraining = state.withLock { state in
            guard !state.isEnding, state.waiting.readableBytes + line.readableBytes <= waitingSizeMax else {
                state.dropped &+= 1
                return false
            }
            state.waiting.writeImmutableBuffer(line)
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if startsDraining { thread.submit { [self] _ in drain() } }
    }

    /// Takes no more lines and returns once those that wait are written, or nobody reads them.
    public func shutdown() async {
        state.withLock { $0.isEnding = true }
        // The thread takes jobs in order, so this one comes behind that of whoever came before.
        try? await thread.runIfActive { [self] in drain() }
        try? await thread.shutdownGracefully()
    }

    // MARK: On the thread

    private func drain() {
        while var lines = takeWaiting() {
            while let piece = lines.readSlice(length: min(lines.readableBytes, Self.pieceSize)), piece.readableBytes > 0
            {
                guard write(all: piece) else {
                    drop(piece, lines)
                    break
                }
            }
        }
    }

    private func takeWaiting() -> ByteBuffer? {
        state.withLock { state in
            guard state.waiting.readableBytes > 0 else {
                state.isDraining = false
                return nil
            }
            var lines = ByteBuffer()
            swap(&lines, &state.waiting)
            return lines
        }
    }

    /// - Returns: false where it can't be written.
    private func write(all piece: ByteBuffer) -> Bool {
        var rest = piece
        while rest.readableBytes > 0 {
            guard waitForReader() else { return false }
            let (written, failure) = Self.writing.withLock { _ in writeIfThereIsRoom(rest) }
            if written > 0 {
                rest.moveReaderIndex(forwardBy: written)
            } else if failure != EINTR, failure != EAGAIN {
                return false
            }
        }
        return true
    }

    /// - Returns: how many bytes were written, and the error where that is negative.
    private func writeIfThereIsRoom(_ piece: ByteBuffer) -> (written: Int, failure: CInt) {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&request, 1, 0) != 0 else { return (-1, EAGAIN) }
        return piece.withUnsafeReadableBytes { bytes in
            #if canImport(Darwin)
                (Darwin.write(descriptor, bytes.baseAddress, bytes.count), errno)
            #elseif canImport(Musl)
                (Musl.write(descriptor, bytes.baseAddress, bytes.count), errno)
            #else
                (Glibc.write(descriptor, bytes.baseAddress, bytes.count), errno)
            #endif
        }
    }

    /// - Returns: false where the end has come and nobody reads.
    private func waitForReader() -> Bool {
        while true {
            var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let count = poll(&request, 1, Self.pollTime)
            // An error is told by the write that follows.
            if count > 0 || (count < 0 && errno != EINTR) { return true }
            if count == 0, state.withLock({ $0.isEnding }) { return false }
        }
    }

    private func drop(_ piece: ByteBuffer, _ lines: ByteBuffer) {
        let count =
            (piece.readableBytesView.filter { $0 == UInt8(ascii: "\n") }.count)
            + lines.readableBytesView.filter { $0 == UInt8(ascii: "\n") }.count
        state.withLock { $0.dropped &+= UInt64(count) }
    }
}
