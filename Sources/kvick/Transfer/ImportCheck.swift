import HTTPAPI
import KVdbAPI

/// Looks at the records of an import as a server would that has the widest limits.
enum ImportCheck {
    /// - Returns: how many records there are.
    /// - Throws: a `CommandFailure` that names the first line that can't be imported.
    static func count(_ records: inout ImportSource) throws -> Int {
        var options = KVdbOptions()
        options.maxKeySize = KVdbOptions.highestMaxKeySize
        options.maxValueSize = KVdbOptions.highestMaxValueSize
        let parser = TransactionParser(options: options)
        var bar = ProgressBar("check", total: records.size)
        defer { bar.end() }
        var count = 0
        while let record = try records.next() {
            var batch = ImportBatch()
            batch.append(record)
            do throws(APIError) {
                _ = try parser.parse(Array(batch.body.readableBytesView))
            } catch {
                let answer = TransactionAnswer(status: error.status.code, words: error.message, retryAfter: nil)
                throw records.failure(answer.reason, line: record.line)
            }
            count += 1
            bar.update(records.position, count: count)
        }
        return count
    }
}
