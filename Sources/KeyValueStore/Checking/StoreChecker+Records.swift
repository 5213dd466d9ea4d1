import Storage

extension StoreChecker {
    func checkRecords() {
        // By namespace, so that what can't be read of one hides nothing of the others.
        var expected = KeyLayout.records.lowerBound
        for (id, namespace) in namespaces.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let range = KeyLayout.records(of: id)
            checkRecordsOfNobody(KeyRange(lowerBound: expected, upperBound: range.lowerBound))
            let place = "\(namespace.kind) \(namespace.name)"
            scan(range, place) { key, value in
                let userKey = key.suffix(fromOffset: KeyLayout.recordPrefixLength)
                check(value, of: namespace, "\(place), key \(Self.text(userKey))")
            }
            expected = range.upperBound ?? expected
        }
        checkRecordsOfNobody(KeyRange(lowerBound: expected, upperBound: KeyLayout.records.upperBound))
    }

    private func checkRecordsOfNobody(_ range: KeyRange) {
        guard !range.isEmpty else { return }
        var reported: NamespaceID?
        scan(range, "records of what was deleted") { key, _ in
            guard let id = KeyLayout.namespaceID(of: key) else {
                return report.add("the store", "a record has no whole key")
            }
            guard !gone.contains(id) else { return report.garbage += 1 }
            guard reported != id else { return }
            reported = id
            report.add("the store", "it has records of id \(id.rawValue), which no bucket or database has")
        }
    }

    private func check(
        _ bytes: UnsafeRawBufferPointer, of namespace: CheckedNamespace, _ place: @autoclosure () -> String
    ) {
        report.keys += 1
        guard let record = RecordView(bytes) else { return report.add(place(), "its record is of no known format") }
        if record.isExpired(at: now) { report.expiredKeys += 1 }
        if let text = problem(in: record, flags: bytes[2]) { report.add(place(), text) }
        guard namespace.kind == .database else { return }
        if let text = problemInDatabaseValue(record) { report.add(place(), text) }
    }

    func problem(in record: RecordView, flags: UInt8) -> String? {
        if record.revision == .zero || record.revision > newest {
            return "its revision \(record.revision) is not one of the store's, which ends at \(newest)"
        }
        if !RecordView.Flags.all.isSuperset(of: RecordView.Flags(rawValue: flags)) { return "it has unknown flags" }
        if record.isUTF8 != Self.isUTF8(record.value) {
            return record.isUTF8
                ? "its value is not UTF-8, as its record says" : "its value is UTF-8, unlike its record says"
        }
        switch record.type {
        case .bytes: return nil
        case .number: return Number.isCanonical(record.value) ? nil : "its value is not the number that its record says"
        case .json: return isJSON(record.value) ? nil : "its value is not JSON, as its record says"
        }
    }

    private func problemInDatabaseValue(_ record: RecordView) -> String? {
        guard record.type == .bytes else { return "its value is of a type that none of a database has" }
        do throws(StoredValue.Failure) {
            let value = try StoredValue(Array(record.value))
            guard !value.isSealed else { return nil }
            guard case .json(let text) = try value.open(with: nil, key: []) else { return nil }
            return text.span.bytes.withUnsafeBytes(isJSON) ? nil : "its value is not JSON, as its record says"
        } catch {
            return "its value can't be read"
        }
    }

    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? UTF8Span(validating: Span(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self)))) != nil
    }

    func checkScripts() {
        let range = KeyRange(prefix: [KeyLayout.Space.script.rawValue])
        scan(range, "scripts") { key, value in
            guard let id = KeyLayout.namespaceID(of: key) else {
                return report.add("scripts", "one has no whole key")
            }
            guard !gone.contains(id) else { return report.garbage += 1 }
            let name = Self.text(key.suffix(fromOffset: KeyLayout.recordPrefixLength))
            guard let namespace = namespaces[id], namespace.kind == .bucket else {
                return report.add("script \(name)", "it is of id \(id.rawValue), which no bucket has")
            }
            let place = "bucket \(namespace.name), script \(name)"
            report.scripts += 1
            namespaces[id]?.scriptCount += 1
            if namespace.scriptCount == Script.maxCount {
                report.add("bucket \(namespace.name)", "it has more than \(Script.maxCount) scripts")
            }
            guard let script = try? Script(decoding: value) else {
                return report.add(place, "its record is of no known format")
            }
            if script.revision == .zero || script.revision > newest {
                report.add(place, "its revision \(script.revision) is not one of the store's, which ends at \(newest)")
            }
        }
    }
}
