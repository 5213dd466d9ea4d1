import HTTPServer
import KeyValueStore
import NIOCore
import NIOPosix
import Synchronization

/// A checkpoint's file on its way to a client, read a piece at a time on threads that may block.
final class CheckpointFileStream: BodyStream {
    private static let pieceSize = 256 << 10

    private let file: CheckpointReader
    private let threads: NIOThreadPool
    private let position: Mutex<Int>
    private let start: Int

    /// - Parameter start: how many bytes of the file are left out.
    init(_ file: CheckpointReader, from start: Int, threads: NIOThreadPool) {
        self.file = file
        self.threads = threads
        self.start = start
        position = Mutex(start)
    }

    var length: Int? { file.size - start }

    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        let (offset, count) = position.withLock { position in
            let count = min(Self.pieceSize, file.size - position)
            defer { position += count }
            return (position, count)
        }
        guard count > 0 else { return eventLoop.makeSucceededFuture(nil) }
        return threads.runIfActive(eventLoop: eventLoop) { [file] in
            var piece = ByteBufferAllocator().buffer(capacity: count)
            try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: offset)
                return count
            }
            return piece
        }
    }

    /// The file is closed with this stream.
    func cancel() {}
}
