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
        return try await stream(EntrySource(reader, in: form), in: form)
    }

    /// All records as a backup keeps them, a line each, and a last line that says how many there are.
    func streamBackup(of database: String) async throws -> Response {
        _ = try checked(database: database)
        guard let namespace = try await namespace(database) else { throw APIError.databaseNotFound }
        let snapshot = try await blocking { [store] in try store.snapshot(of: namespace) }
        return try await stream(
            RecordSource(DatabaseCursor(snapshot), sealing: namespace.settings.sealingSalt), in: .jsonLines)
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

private struct EntrySource<Engine: StorageEngine>: PieceSource {
    private var reader: DatabaseReader<Engine>
    private var writer: KOTEntryWriter
    private let endsLine: Bool
    private(set) var isFinished = false

    init(_ reader: DatabaseReader<Engine>, in form: KOTForm) {
        self.reader = reader
        writer = KOTEntryWriter(form)
        endsLine = form != .jsonLines
    }

    mutating func fill(_ piece: inout ByteBuffer) throws(StoreError) -> Bool {
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
        }
        self.writer = writer
        return isComplete
    }
}

private struct RecordSource<Engine: StorageEngine>: PieceSource {
    private var cursor: DatabaseCursor<Engine>
    private let sealing: KOTSealing?
    private var count = 0
    private(set) var isFinished = false

    init(_ cursor: DatabaseCursor<Engine>, sealing: KOTSealing?) {
        self.cursor = cursor
        self.sealing = sealing
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
        if isFinished {
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
        return isFinished || piece.readableBytes >= pieceSize
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
