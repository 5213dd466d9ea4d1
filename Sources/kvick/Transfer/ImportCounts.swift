/// What became of the records of an import.
struct ImportCounts: Equatable {
    var imported = 0
    /// Of which the time was over already.
    var expired = 0
    /// Of which the key was there, and was to be kept.
    var kept = 0

    static func += (left: inout ImportCounts, right: ImportCounts) {
        left.imported += right.imported
        left.expired += right.expired
        left.kept += right.kept
    }

    /// `imported 5 keys`, and what else there is to tell.
    var text: String {
        var text = "imported \(Self.keys(imported))"
        if expired > 0 { text += ", \(Self.keys(expired)) had expired" }
        if kept > 0 { text += ", \(Self.keys(kept)) \(kept == 1 ? "was" : "were") there already" }
        return text
    }

    static func keys(_ count: Int) -> String { count == 1 ? "1 key" : "\(count) keys" }
}
