import ArgumentParser

/// The name that a bucket is to have in the client's file: one that needs no quotes there or in a shell.
struct SavedName: ExpressibleByArgument {
    private static let lengthMax = 128
    /// Ids of buckets have as many letters and digits. A name hides the bucket of that id.
    private static let idLength = 22
    /// What stands for nothing in YAML (YAML 1.2.2 §10.3.2), as far as a name can be it.
    private static let nulls: Set<String> = ["null", "Null", "NULL"]

    let text: String

    init(argument: String) {
        text = argument
    }

    /// - Parameter title: what the argument is called.
    /// - Throws: a `ValidationError`.
    func check(_ title: String) throws {
        let isName = text.utf8.allSatisfy { byte in
            Self.isAlphanumeric(byte) || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
        }
        guard isName, text.utf8.first.map(Self.isAlphanumeric) == true else {
            throw ValidationError("\(title) is \(text), but must be letters, digits, - _ and ., the first no sign")
        }
        guard !Self.nulls.contains(text) else {
            throw ValidationError("\(title) is \(text), which is no name in YAML; choose another")
        }
        guard text.utf8.count != Self.idLength || !text.utf8.allSatisfy(Self.isAlphanumeric) else {
            throw ValidationError("\(title) is \(text), which may be a bucket's id; choose a name that is none")
        }
        guard text.utf8.count <= Self.lengthMax else {
            throw ValidationError(
                "\(title) has \(text.utf8.count) letters, but must have no more than \(Self.lengthMax)")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
