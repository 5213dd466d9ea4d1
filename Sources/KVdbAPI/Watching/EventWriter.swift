import HTTPAPI
import KeyValueStore
import NIOCore
import Storage

/// Writes changes as server-sent events (WHATWG HTML, "Server-sent events").
struct EventWriter {
    /// About the size of a piece, in bytes; one event may pass it.
    static let pieceSize = 32 << 10

    private(set) var buffer = ByteBuffer()
    /// How many changes were written.
    private(set) var changeCount = 0

    var isFull: Bool { buffer.readableBytes >= Self.pieceSize }
    var isEmpty: Bool { buffer.readableBytes == 0 }

    /// A place alone, which ends no event but is where the client comes back to.
    mutating func place(_ position: ChangePosition) {
        buffer.writeString("id: \(position)\n\n")
    }

    mutating func heartbeat(_ position: ChangePosition) {
        buffer.writeStaticString(": heartbeat\n")
        place(position)
    }

    /// Writes a change that `filter` includes, as long as there is room.
    mutating func take(_ change: Change, _ filter: WatchFilter) -> ScanStep {
        guard !isFull else { return .stop }
        if filter.includes(change) { write(change, withValue: filter.values) }
        return .next
    }

    private mutating func write(_ change: Change, withValue: Bool) {
        changeCount += 1
        buffer.writeString("id: \(change.position)\nevent: ")
        switch change.kind {
        case .set: buffer.writeStaticString("set")
        case .delete: buffer.writeStaticString("delete")
        case .expire: buffer.writeStaticString("expire")
        }
        buffer.writeStaticString("\ndata: ")
        // Handed over and taken back, so that it is written in place.
        var json = JSONWriter(buffer: buffer)
        buffer = ByteBuffer()
        json.raw(#"{"key":"#)
        json.bytes(change.key, isUTF8: String(validating: change.key, as: UTF8.self) != nil)
        json.raw(#","revision":""#)
        json.buffer.writeString(change.revision.description)
        json.raw("\"")
        if withValue, let record = change.record {
            json.raw(#","value":"#)
            json.value(record.value, record.type, isUTF8: record.isUTF8, onOneLine: true)
        }
        json.raw("}")
        buffer = json.buffer
        buffer.writeStaticString("\n\n")
    }

    /// Tells that changes up to `position` may have been missed.
    mutating func clear(_ position: ChangePosition) {
        buffer.writeString("id: \(position)\nevent: clear\ndata: {\"revision\":\"\(position.revision)\"}\n\n")
    }
}
