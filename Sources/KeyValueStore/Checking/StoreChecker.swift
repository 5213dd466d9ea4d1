import Storage

/// Looks at every record of a store and changes nothing: whether it can be read, and agrees with the others.
public final class StoreChecker {
    /// Whether a text is JSON (RFC 8259), which the store itself doesn't ask.
    public typealias IsJSON = (UnsafeRawBufferPointer) -> Bool

    let reader: any StorageReader
    let isJSON: IsJSON
    /// Under which signing keys are sealed; nil where it is not known.
    let secret: ServerSecret?
    let now: Timestamp
    private let didVisit: (Int) -> Void
    var report = StoreReport()
    var newest = Revision.zero
    var historyStart: ChangePosition?
    var nextNamespaceID: UInt64?
    /// Whose records and scripts there may be.
    var namespaces: [NamespaceID: CheckedNamespace] = [:]
    /// Of which records may be left.
    var gone: Set<NamespaceID> = []
    private var visited = 0

    /// How many records are looked at between two words of progress, and the first of which is also looked up by its key.
    static let stride = 256

    /// - Parameters:
    ///   - now: by which keys have expired.
    ///   - didVisit: told now and then how many records were looked at.
    public init(
        _ reader: any StorageReader, secret: ServerSecret? = nil, now: Timestamp = .now(), isJSON: @escaping IsJSON,
        didVisit: @escaping (Int) -> Void = { _ in }
    ) {
        self.reader = reader
        self.secret = secret
        self.now = now
        self.isJSON = isJSON
        self.didVisit = didVisit
    }

    /// - Parameter expected: the newest revision that was acknowledged, as far as it is known.
    public func check(acknowledged expected: Revision? = nil) -> StoreReport {
        checkMeta(expected)
        checkGoneNamespaces()
        checkNamespaces()
        checkRecords()
        checkScripts()
        checkHistory()
        checkOtherSpaces()
        return report
    }

    /// Looks at the store in a folder. Damage that keeps it from being opened is a problem, too.
    ///
    /// - Parameters:
    ///   - path: the store's folder.
    ///   - willVisit: told about how many records there are.
    /// - Throws: where it can't be opened for another reason.
    public static func check(
        storeIn path: String, engine: any FileStorageEngine.Type, acknowledged: Revision?, isJSON: @escaping IsJSON,
        willVisit: (Int) -> Void = { _ in }, didVisit: @escaping (Int) -> Void = { _ in }
    ) throws(StorageError) -> StoreReport {
        let secret = try PosixFile.read(path + "/" + StoreDirectory.secretName).flatMap { ServerSecret($0) }
        var report = StoreReport()
        do throws(StorageError) {
            try engine.withReader(path: path + "/" + StoreDirectory.engineName) {
                (reader, count) throws(StorageError) in
                willVisit(count)
                report = StoreChecker(reader, secret: secret, isJSON: isJSON, didVisit: didVisit)
                    .check(acknowledged: acknowledged)
            }
        } catch {
            guard error.code == .damaged else { throw error }
            report.add("the store", error.message)
        }
        if secret == nil {
            report.add(
                StoreDirectory.secretName, "it is missing or damaged, and without it no access key can be checked")
        }
        return report
    }

    // MARK: Reading

    /// Calls `visit` with the records of `range`; where some can't be read, the others of the range are passed over, with that problem.
    ///
    /// Now and then a record is also looked up by its key, which reads indexes and filters on its way. A filter that lets too much
    /// pass is not noticed, for it changes no answer.
    func scan(
        _ range: KeyRange, _ place: String,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
    ) {
        do throws(StorageError) {
            try reader.scan(range, reverse: false, fillingCache: false) { key, value in
                report.size += key.count + value.count
                visited += 1
                if visited % Self.stride == 1 {
                    guard !Task.isCancelled else { return .stop }
                    didVisit(visited)
                    lookUp(key, expecting: value, place)
                }
                visit(key, value)
                return .next
            }
        } catch {
            report.add(place, "can't be read: \(error.message)")
        }
    }

    private func lookUp(_ key: UnsafeRawBufferPointer, expecting value: UnsafeRawBufferPointer, _ place: String) {
        do throws(StorageError) {
            let isSame = try reader.get(key) { $0.elementsEqual(value) }
            guard isSame != true else { return }
            report.add(place, isSame == nil ? "a record is not found by its key" : "a record is another by its key")
        } catch {
            report.add(place, "can't be read: \(error.message)")
        }
    }

    // MARK: What is written once

    private func checkMeta(_ expected: Revision?) {
        let place = "the store"
        scan(KeyRange(prefix: [KeyLayout.Space.meta.rawValue]), place) { key, value in
            switch Key(key) {
            case KeyLayout.revision:
                guard value.count == 8, let revision = value.bigEndian(UInt64.self, at: 0) else {
                    return report.add(place, "its newest revision is no number")
                }
                newest = Revision(rawValue: revision)
            case KeyLayout.nextNamespaceID:
                nextNamespaceID = value.bigEndian(UInt64.self, at: 0)
                if value.count != 8 { report.add(place, "the id of its next bucket or database is no number") }
            case KeyLayout.historyStart:
                historyStart = ChangePosition(decoding: value)
                if value.count != 12 { report.add(place, "the start of its history is no place") }
            default:
                report.add(place, "it has a field that is not known: \(Self.text(key.dropFirst()))")
            }
        }
        report.revision = "\(newest)"
        if let expected, newest < expected {
            report.add(place, "it ends at revision \(newest), but revision \(expected) was acknowledged")
        }
    }

    private func checkOtherSpaces() {
        let known: [KeyLayout.Space] = [.meta, .namespace, .goneNamespace, .record, .history, .script]
        let end = known.map(\.rawValue).max() ?? 0
        scan(KeyRange(lowerBound: Key([end + 1]), upperBound: nil), "the store") { key, _ in
            report.add(
                "the store", "it has a record of a kind that is not known: \(key.first.map { String($0) } ?? "none")")
        }
    }

    /// What a message shows of a key or a name.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        let name = String(decoding: bytes, as: UTF8.self)
        return name.count > 64 ? name.prefix(64) + "…" : name
    }
}
