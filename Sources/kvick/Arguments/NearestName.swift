/// The name that somebody may have meant.
enum NearestName {
    /// The one of `names` that takes the fewest changes of a character to become `name`; nil where all are far from it.
    static func of(_ name: String, in names: some Sequence<String>) -> String? {
        let wanted = comparable(name)
        let nearest = names.map { ($0, distance(wanted, comparable($0))) }.min { $0.1 < $1.1 }
        guard let nearest, nearest.1 <= max(1, min(3, wanted.count / 3)) else { return nil }
        return nearest.0
    }

    /// `; did you mean 'NAME'?`, or nothing.
    static func hint(for name: String, in names: some Sequence<String>) -> String {
        of(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Case and what stands between words are no difference.
    private static func comparable(_ name: String) -> [Character] {
        name.lowercased().map { $0 == "_" || $0 == "." || $0 == " " ? "-" : $0 }
    }

    /// How many characters are to be put in, taken away, replaced or swapped with their neighbours (optimal string alignment).
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for (row, character) in one.enumerated() {
            var next = [row + 1]
            for (column, otherCharacter) in other.enumerated() {
                let replaced = last[column] + (character == otherCharacter ? 0 : 1)
                var least = min(replaced, last[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, character == other[column - 1], one[row - 1] == otherCharacter {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                next.append(least)
            }
            (beforeLast, last) = (last, next)
        }
        return last[other.count]
    }
}
