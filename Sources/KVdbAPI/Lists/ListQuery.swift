import HTTPAPI
import HTTPServer

/// What a list (KVdb reference, "List Keys") or an export is asked for.
struct ListQuery: Sendable {
    var prefix: [UInt8]
    /// The key behind which to begin; before which, in reverse.
    var after: [UInt8]?
    var limit: Int
    var skip: Int
    var reverse: Bool
    var values: Bool
    var format: ListFormat

    static let maxLimit = 10_000

    init(_ request: Request, _ query: Parameters) throws(APIError) {
        prefix = try query.value("prefix") ?? []
        // No key is empty, so an empty one is a pager's way to begin.
        after = try query.value("after").flatMap { $0.isEmpty ? nil : $0 }
        let isExport = try query.flag("export") ?? false
        limit = try query.integer("limit", in: 1...Self.maxLimit) ?? (isExport ? .max : Self.maxLimit)
        skip = try query.integer("skip", in: 0...Int.max) ?? 0
        reverse = try query.flag("reverse") ?? false
        guard !isExport else {
            (values, format) = (true, .export)
            return
        }
        values = try query.flag("values") ?? false
        if let name = try query.text("format") {
            guard let format = ListFormat(parameter: name) else {
                throw APIError(status: .notAcceptable, message: "format must be text, json or jsonl")
            }
            self.format = format
        } else {
            switch Accept.form(request) {
            case .text: format = .text
            case .json: format = .json
            case nil:
                throw APIError(
                    status: .notAcceptable,
                    message: "a list is text/plain or application/json; accept one of them, or give ?format=")
            }
        }
    }
}
