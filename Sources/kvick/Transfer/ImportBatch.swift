import NIOCore

/// Records that are set by one transaction, so all of them or none.
struct ImportBatch {
    private static let opening = #"{"txn":["#
    private static let closing = "]}"

    private(set) var records: [ImportRecord] = []
    /// Of the body, in bytes.
    private(set) var size = opening.utf8.count + closing.utf8.count

    init() {}

    private init(_ records: some Sequence<ImportRecord>) {
        for record in records { append(record) }
    }

    mutating func append(_ record: ImportRecord) {
        records.append(record)
        size += record.operation.readableBytes + 1
    }

    var isEmpty: Bool { records.isEmpty }

    var body: ByteBuffer {
        var body = ByteBufferAllocator().buffer(capacity: size)
        body.writeString(Self.opening)
        for (index, record) in records.enumerated() {
            if index > 0 { body.writeInteger(UInt8(ascii: ",")) }
            body.writeImmutableBuffer(record.operation)
        }
        body.writeString(Self.closing)
        return body
    }

    /// The records before a place.
    func prefix(_ count: Int) -> ImportBatch { ImportBatch(records.prefix(count)) }

    /// The first half and the rest; nil for a single record.
    var halves: (ImportBatch, ImportBatch)? {
        guard records.count > 1 else { return nil }
        let middle = records.count / 2
        return (ImportBatch(records[..<middle]), ImportBatch(records[middle...]))
    }

    /// How much a batch may have.
    struct Limits {
        var count = 1000
        /// In bytes; a single record may pass it.
        var size = 1 << 20
    }

    func hasRoom(for record: ImportRecord, within limits: Limits) -> Bool {
        isEmpty || records.count < limits.count && size + record.operation.readableBytes + 1 <= limits.size
    }
}
