/// Rows of texts, whose columns are as wide as the widest text in each.
struct TextTable {
    enum Alignment {
        case left, right
    }

    private let alignments: [Alignment]
    private var rows: [[String]]

    init(_ columns: [(title: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.title)]
    }

    /// - Parameter row: a text for each column.
    mutating func append(_ row: [String]) {
        rows.append(row)
    }

    /// The titles and the rows, a line each.
    var lines: String {
        let widths = rows.reduce(into: alignments.map { _ in 0 }) { widths, row in
            widths = zip(widths, row).map { max($0, $1.count) }
        }
        return rows.map { row in
            var line = zip(zip(alignments, widths), row).map(Self.cell).joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private static func cell(_ column: (alignment: Alignment, width: Int), _ text: String) -> String {
        let padding = String(repeating: " ", count: column.width - text.count)
        return column.alignment == .left ? text + padding : padding + text
    }
}
