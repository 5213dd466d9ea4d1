import HTTPAPI
import HTTPServer
import KeyValueStore
import Storage

/// What an If-Match or If-None-Match field lists (RFC 9110 §13.1.1, §8.8.3).
enum EntityTags: Equatable {
    struct Tag: Equatable {
        var isWeak = false
        /// What stands between the quotes.
        var opaque: [UInt8]
    }

    /// How two tags are compared (RFC 9110 §8.8.3.2).
    enum Comparison {
        /// A weak tag equals none.
        case strong
        /// Weak tags count as others.
        case weak
    }

    /// `*`
    case any
    case listed([Tag])

    /// - Returns: nil where `field` is neither `*` nor a list of entity tags; empty elements are allowed (RFC 9110 §5.6.1).
    init?(_ field: String) {
        var rest = Array(field.utf8)[...]
        Self.skipSpaces(&rest)
        if rest.first == UInt8(ascii: "*") {
            rest = rest.dropFirst()
            Self.skipSpaces(&rest)
            guard rest.isEmpty else { return nil }
            self = .any
            return
        }
        var tags: [Tag] = []
        while !rest.isEmpty {
            if rest.first != UInt8(ascii: ",") {
                guard let tag = Self.takeTag(&rest) else { return nil }
                tags.append(tag)
                Self.skipSpaces(&rest)
                guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
            }
            rest = rest.dropFirst()
            Self.skipSpaces(&rest)
        }
        self = .listed(tags)
    }

    /// The versions that the tags name; a tag that no version has names none.
    func versions(by comparison: Comparison) -> Precondition.Versions {
        switch self {
        case .any: .any
        case .listed(let tags):
            .listed(
                Set(
                    tags.compactMap { tag in
                        tag.isWeak && comparison == .strong ? nil : Revision(decimal: tag.opaque)
                    }))
        }
    }

    private static func takeTag(_ text: inout ArraySlice<UInt8>) -> Tag? {
        var rest = text
        let isWeak = rest.first == UInt8(ascii: "W")
        if isWeak {
            rest = rest.dropFirst()
            guard rest.first == UInt8(ascii: "/") else { return nil }
            rest = rest.dropFirst()
        }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest = rest.dropFirst()
        let opaque = rest.prefix { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 }
        rest = rest[opaque.endIndex...]
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        text = rest.dropFirst()
        return Tag(isWeak: isWeak, opaque: Array(opaque))
    }

    private static func skipSpaces(_ text: inout ArraySlice<UInt8>) {
        text = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
}

extension Precondition {
    /// What a request's If-Match and If-None-Match ask for; several fields are one list.
    ///
    /// - Throws: `badRequest` where one of them can't be read.
    init(_ request: Request) throws(APIError) {
        self.init(
            ifMatch: try Self.versions(.ifMatch, "If-Match", by: .strong, request),
            ifNoneMatch: try Self.versions(.ifNoneMatch, "If-None-Match", by: .weak, request))
    }

    private static func versions(
        _ name: HeaderName, _ spelling: StaticString, by comparison: EntityTags.Comparison, _ request: Request
    ) throws(APIError) -> Versions? {
        guard let field = request.combinedHeader(name) else { return nil }
        guard let tags = EntityTags(field) else {
            throw .badRequest(
                #"\#(spelling) must be * or a list of entity tags; the quotes belong to the tag, as "42" with them"#)
        }
        return tags.versions(by: comparison)
    }
}

extension Revision {
    /// The revision whose decimal digits these are; nil where no revision is written so, as `007`.
    init?(decimal text: [UInt8]) {
        guard let number = UInt64(String(decoding: text, as: UTF8.self)), String(number).utf8.elementsEqual(text) else {
            return nil
        }
        self.init(rawValue: number)
    }
}
