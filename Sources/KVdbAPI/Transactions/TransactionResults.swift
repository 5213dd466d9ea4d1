import HTTPAPI
import KeyValueStore
import NIOCore
import Storage

/// The answer to a transaction: `{"results":[…]}`.
enum TransactionResults {
    static func json(_ results: [Transaction.Result]) -> ByteBuffer {
        var writer = JSONWriter(buffer: ByteBufferAllocator().buffer(capacity: size(results)))
        writer.raw(#"{"results":["#)
        for (index, result) in results.enumerated() {
            if index > 0 { writer.raw(",") }
            write(result, to: &writer)
        }
        writer.raw("]}")
        return writer.buffer
    }

    /// About how long the answer is, in bytes.
    static func size(_ results: [Transaction.Result]) -> Int {
        results.reduce(0) { size, result in
            if case .got(let value?) = result { size + 64 + value.bytes.count } else { size + 64 }
        }
    }

    private static func write(_ result: Transaction.Result, to writer: inout JSONWriter) {
        switch result {
        case .set(let revision), .checked(let revision?):
            writer.raw(#"{"version":"#)
            writer.version(revision)
        case .checked(nil), .expired:
            writer.raw(#"{"version":null"#)
        case .kept(let revision):
            writer.raw(#"{"set":false,"version":"#)
            writer.version(revision)
        case .deleted(let wasThere):
            writer.raw(wasThere ? #"{"deleted":true"# : #"{"deleted":false"#)
        case .incremented(let number, let revision):
            writer.raw(#"{"value":"#)
            writer.buffer.writeString(number.text)
            writer.raw(#","version":"#)
            writer.version(revision)
        case .got(nil):
            writer.raw(#"{"value":null,"version":null"#)
        case .got(let value?):
            writer.raw(#"{"value":"#)
            value.bytes.withUnsafeBytes { writer.value($0, value.type, isUTF8: value.isUTF8) }
            writer.raw(#","version":"#)
            writer.version(value.revision)
        }
        writer.raw("}")
    }
}

extension JSONWriter {
    /// A version as a string: it may be past the integers that every client's numbers can hold.
    fileprivate mutating func version(_ revision: Revision) {
        string(revision.description)
    }
}
