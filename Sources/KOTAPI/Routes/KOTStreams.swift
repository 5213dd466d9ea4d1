import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

extension KOTDatabases {
    /// All keys and values, made as the client takes them.
    func streamAll(of database: String, encryptionKey: String?, in form: KOTForm) async throws -> Response {
        guard let reader = try await reader(of: database, encryptionKey: encryptionKey) else {
            var writer = KOTEntryWriter(form)
            writer.end()
            return Answers.entries(writer, in: form)
        }
        return try await stream(EntrySource(reader, in: form, memory: resultMemory), in: form)
    }

    /// Names and locations of all databases.
    func streamList() async throws -> Response {
        try await stream(NameSource(store: store, location: location), in: .json)
    }

    /// All records as a backup keeps them, a line each, and a last line that says how many there are.
    func streamBackup(of database: String) async throws -> Response {
        guard let snapshot = try await snapshot(of: database) else { throw APIError.databaseNotFound }
        let sealing = snapshot.namespace.settings.sealingSalt
        return try await stream(
            RecordSource(DatabaseCursor(snapshot), sealing: sealing, memory: resultMemory), in: .jsonLines)
    }

    /// The first piece is made before the answer begins, so that what can't be read is said in its status.
    private func stream(_ source: some PieceSource, in form: KOTForm) async throws -> Response {
        guard scanThreads.beginStart() else {
            throw APIError.unavailable("too many databases are being read; try again soon", retryAfter: 1)
        }
        defer { scanThreads.endStart() }
        var (source, first) = (source, ByteBuffer())
        var isComplete = false
        while !isComplete {
            (source, first, isComplete) = try await step((source, first)) { (state) throws(StoreError) in
                var (source, first) = state
                let isComplete = try source.fill(&first)
                return (source, first, isComplete)
            }
        }
        guard !source.isFinished else { return Answers.entries(.bytes(first), in: form) }
        return Answers.entries(.stream(ScanStream(first: first, source, threads: scanThreads)), in: form)
    }
}

/// About the size of a piece, in bytes; one value may pass it.
private let pieceSize = 64 << 10

/// Counts what a stream's last piece takes until the next is made, where it is large: a client may take its time.
private struct PieceMemory: Sendable {
    private let budget: MemoryBudget
    private var hold: MemoryHold?

    init(_ budget: MemoryBudget) {
        self.budget = budget
    }

    /// - Throws: `busy` where there is no room, which ends the stream.
    mutating func count(_ piece: ByteBuffer) throws(StoreError) {
        hold = nil
        guard piece.readableBytes > 4 * pieceSize else { return }
        hold = MemoryHold(piece.readableBytes, of: budget)
        if hold == nil { throw .busy }
    }
}

private struct EntrySource: PieceSource {
    private var reader: DatabaseReader
    private var writer: KOTEntryWriter
    private var memory: PieceMemory
    private let endsLine: Bool
    private(set) var isFinished = false

    init(_ reader: DatabaseReader, in form: KOTForm, memory: MemoryBudget) {
        self.reader = reader
        writer = KOTEntryWriter(form)
        self.memory = PieceMemory(memory)
        endsLine = form != .jsonLines
    }

    mutating func fill(_ piece: inout ByteBuffer) throws(StoreError) -> Bool {
        // Handed over and taken back, so that it is written in place.
        var writer = writer
        self.writer = KOTEntryWriter(.json)
        try reader.advance { key, value in
            writer.append(key, value)
            return writer.buffer.readableBytes < pieceSize ? .next : .stop
        }
        isFinished = reader.isFinished
        if isFinished { writer.end() }
        let isComplete = isFinished || writer.buffer.readableBytes >= pieceSize
        if isComplete {
            piece.writeImmutableBuffer(writer.take())
            if isFinished, endsLine { piece.writeStaticString("\n") }
            try memory.count(piece)
        }
        self.writer = writer
        return isComplete
    }
}

private struct RecordSource: PieceSource {
    private var cursor: DatabaseCursor
    private let sealing: KOTSealing?
    private var memory: PieceMemory
    private var count = 0
    private(set) var isFinished = false

    init(_ cursor: DatabaseCursor, sealing: KOTSealing?, memory: MemoryBudget) {
        self.cursor = cursor
        self.sealing = sealing
        self.memory = PieceMemory(memory)
    }

    mutating func fill(_ piece: inout ByteBuffer) throws(StoreError) -> Bool {
        var records: [KOTBackupRecord] = []
        try cursor.readRecords(into: &records)
        for record in records {
            piece.writeBytes(record.jsonLine())
            piece.writeStaticString("\n")
        }
        count += records.count
        isFinished = cursor.isFinished
        if isFinished { writeEnd(to: &piece) }
        try memory.count(piece)
        return isFinished || piece.readableBytes >= pieceSize
    }

    private func writeEnd(to piece: inout ByteBuffer) {
        var end = JSONWriter()
        end.raw(#"{"end":true,"records":"#)
        end.integer(Int64(count))
        if let sealing {
            end.raw(#","sealing":"#)
            end.base64(sealing.bytes)
        }
        end.raw("}\n")
        piece.writeImmutableBuffer(end.buffer)
    }
}

private struct NameSource: PieceSource {
    let store: KeyValueStore
    let location: String
    private var last: [UInt8]?
    private var writer = KOTEntryWriter(.json)
    private(set) var isFinished = false

    init(store: KeyValueStore, location: String) {
        self.store = store
        self.location = location
    }

    mutating func fill(_ piece: inout ByteBuffer) throws(StoreError) -> Bool {
        let page = try StoreError.wrapping { () throws(StorageError) in
            try store.namespaces(.database, after: last, limit: KOTDatabases.pageCount)
        }
        for namespace in page { writer.append(String(decoding: namespace.name, as: UTF8.self), .string(location)) }
        last = page.last?.name
        isFinished = page.count < KOTDatabases.pageCount
        if isFinished { writer.end() }
        piece.writeImmutableBuffer(writer.take())
        if isFinished { piece.writeStaticString("\n") }
        return true
    }
}

extension Answers {
    private static let jsonLinesHeaders = prepared("application/jsonl")

    /// Entries in a form, as they were written.
    static func entries(_ body: Response.Body, in form: KOTForm) -> Response {
        let prepared = form == .jsonLines ? jsonLinesHeaders : jsonHeaders
        return Response(status: .ok, headers: ResponseHeaders(prepared: prepared), body: body)
    }

    static func entries(_ writer: KOTEntryWriter, in form: KOTForm) -> Response {
        var body = writer.buffer
        if form != .jsonLines { body.writeStaticString("\n") }
        return entries(.bytes(body), in: form)
    }
}
