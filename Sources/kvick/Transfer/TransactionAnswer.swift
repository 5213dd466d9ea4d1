import HTTPAPI

/// What a server makes of a batch of sets.
enum TransactionAnswer: Equatable {
    case done(ImportCounts)
    /// It is larger than a transaction may be.
    case tooLarge(String)
    /// The server asks to come again after so many seconds.
    case later(seconds: Int, String)
    /// The record at this place can't be set.
    case refused(record: Int, String)
    case failed(String)

    /// - Parameters:
    ///   - words: what an answer says that is none of success.
    ///   - retryAfter: the field of that name (RFC 9110 §10.2.3).
    init(status: Int, words: String, retryAfter: String?) {
        if [429, 503].contains(status), let retryAfter, let seconds = Int(retryAfter), seconds >= 0 {
            self = .later(seconds: seconds, words)
        } else if status == 400, let (record, reason) = Self.place(words) {
            self = .refused(record: record, reason)
        } else {
            self = [400, 413].contains(status) ? .tooLarge(words) : .failed(words)
        }
    }

    /// What is told of a transaction that is not done.
    var reason: String {
        switch self {
        case .done: ""
        case .tooLarge(let words), .later(_, let words), .refused(_, let words), .failed(let words): words
        }
    }

    /// Takes the operation's place off `txn[3]: reason`.
    private static func place(_ words: String) -> (Int, String)? {
        guard words.hasPrefix("txn["), let end = words.firstIndex(of: "]"),
            let place = Int(words[..<end].dropFirst(4)), words[end...].hasPrefix("]: ")
        else { return nil }
        return (place, String(words[end...].dropFirst(3)))
    }

    /// - Parameter json: `{"results":[…]}`.
    /// - Returns: nil where it is no such answer to `count` sets.
    static func counts(_ json: [UInt8], of count: Int) -> ImportCounts? {
        var counts = ImportCounts()
        do throws(APIError) {
            var reader = try JSONReader(json)
            try reader.object { (name, reader) throws(APIError) in
                guard name == "results" else {
                    try reader.value()
                    return
                }
                try reader.array { (_, reader) throws(APIError) in counts.add(try SetResult(&reader)) }
            }
        } catch {
            return nil
        }
        return counts.imported + counts.expired + counts.kept == count ? counts : nil
    }
}

/// The result of a set: `{"version":"N"}`, where nothing was set with `"set":false`.
private struct SetResult {
    var isKept = false
    var hasVersion = false

    init(_ reader: inout JSONReader) throws(APIError) {
        try reader.object { (name, reader) throws(APIError) in
            let kind = try reader.kind()
            let isTrue = try reader.value().first == UInt8(ascii: "t")
            if name == "set", kind == .boolean { isKept = !isTrue }
            if name == "version" { hasVersion = kind == .string }
        }
    }
}

extension ImportCounts {
    fileprivate mutating func add(_ result: SetResult) {
        if result.isKept {
            kept += 1
        } else if result.hasVersion {
            imported += 1
        } else {
            expired += 1
        }
    }
}
