import ArgumentParser

/// The name that a bucket is to have in the client's file: one that needs no quotes there or in a shell.
struct SavedName: ExpressibleByArgument {
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
