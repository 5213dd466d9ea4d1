import KeyValueStore
import NIOCore

/// Something long that is read from the store and written piece by piece.
package protocol PieceSource: Sendable {
    /// Takes a step of writing on at a piece, which may block on the disk.
    ///
    /// - Returns: whether the piece is complete; all may be over with it (`isFinished`).
    mutating func fill(_ piece: inout ByteBuffer) throws(StoreError) -> Bool

    /// Whether there is nothing more to be written.
    var isFinished: Bool { get }
}
