import StorageTesting

/// A bucket of the random cases, with what it should hold and what may be shown to it.
struct ModelBucket {
    let id: String
    let keys: BucketKeys
    /// Texts with what each is.
    var credentials: [(text: String, ShownCredential)] = []
    var values: [[UInt8]: Int] = [:]
}

/// Makes random requests for keys that look alike and are not.
struct AccessCases {
    var random: SeededGenerator

    static let keys: [[UInt8]] =
        [
            "a", "ap", "app", "apple", "application", "App", "a/b", "a/../b", "..", ".", "../a", "a/./b", "/", "//",
            "/a", "a//b",
            "%2e%2e", "a%2Fb", "a%252Fb", "%00", "a\0b", "\0", "a?b", "a#b", "a+b", "a b", "a&b=c", "é", "user:1",
            "user:1:x",
            "user:12:x", "tokens", "a/tokens/", "tokens/x", "scripts", "a/scripts/x",
        ].map { Array($0.utf8) } + [[0xFF], [0xFF, 0xFE], [0xC3]]

    mutating func chance(_ numerator: Int, in denominator: Int) -> Bool {
        Int.random(in: 0..<denominator, using: &random) < numerator
    }

    mutating func element<Element>(of elements: [Element], or other: Element) -> Element {
        elements.randomElement(using: &random) ?? other
    }

    /// One of those above, or one that is short enough to come again.
    mutating func key() -> [UInt8] {
        if chance(4, in: 5) { return element(of: Self.keys, or: [1]) }
        let alphabet = Array("ap/.%\0".utf8) + [0xFF]
        let count = Int.random(in: 1...2, using: &random)
        return (0..<count).map { _ in element(of: alphabet, or: 1) }
    }

    /// The beginning of a key, perhaps none or all of it.
    mutating func prefix() -> [UInt8] {
        let key = key()
        return Array(key.prefix(Int.random(in: 0...key.count, using: &random)))
    }

    mutating func permissions() -> [String] {
        let chosen = ["read", "write", "enumerate", "delete"].filter { _ in chance(1, in: 2) }
        return chosen.isEmpty ? ["read"] : chosen
    }

    mutating func operation() -> Operation {
        switch Int.random(in: 0..<13, using: &random) {
        case 0, 1, 2: return .get
        case 3: return .head
        case 4: return .put
        case 5: return .post
        case 6: return .patch
        case 7: return .delete
        case 8, 9: return .list(prefix: chance(1, in: 3) ? nil : prefix(), values: chance(1, in: 2))
        case 10: return .watch(prefix: chance(1, in: 3) ? nil : prefix(), values: chance(1, in: 2))
        default:
            let count = Int.random(in: 0...3, using: &random)
            return .transaction(
                (0..<count).map { _ in
                    TransactionStep(kind: element(of: TransactionStep.Kind.allCases, or: .get), key: key())
                })
        }
    }

    // MARK: Encoding

    private static let mayStandRaw: [Bool] = {
        let raw = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:".utf8
        return (0...255).map { raw.contains($0) }
    }()

    /// A key's way into a URL; one that is encoded twice is another key, which is given back.
    mutating func path(of key: [UInt8]) -> (key: [UInt8], text: String) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return (key, encode(key) { _ in false })
        case 2, 3: return (key, encode(key) { _ in true })
        case 4, 5, 6: return (key, encodeMixed(key))
        default:
            let inner = Array(encode(key) { _ in true }.utf8)
            return (inner, encode(inner) { _ in false })
        }
    }

    mutating func encodeMixed(_ bytes: [UInt8]) -> String {
        let coins = bytes.map { _ in chance(1, in: 2) }
        return encode(bytes) { coins[$0] }
    }

    /// Encodes what can't stand in a path as it is, and the bytes of the positions that `isEncoded` names.
    private mutating func encode(_ bytes: [UInt8], _ isEncoded: (Int) -> Bool) -> String {
        let isUppercase = chance(1, in: 2)
        return bytes.enumerated().map { index, byte in
            if Self.mayStandRaw[Int(byte)], !isEncoded(index) { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: isUppercase)
            return digits.count < 2 ? "%0" + digits : "%" + digits
        }.joined()
    }
}
