import HTTPServer

/// Which of the APIs' media types a client prefers (RFC 9110 §12.5.1).
package enum Accept {
    /// What an answer that is not a value can be written as.
    package enum Form: Sendable {
        case text
        case json
    }

    /// The form that the Accept header asks for: `preferred` where it is silent or likes both alike; nil where it names
    /// neither.
    package static func form(_ request: Request, preferring preferred: Form = .text) -> Form? {
        guard let header = header(of: request) else { return preferred }
        let (text, json) = (Liking(of: "text/plain", in: header), Liking(of: "application/json", in: header))
        if text.quality == 0, json.quality == 0 { return nil }
        if json.isStronger(than: text) { return .json }
        return text.isStronger(than: json) ? .text : preferred
    }

    /// Whether the Accept header would rather have HTML than JSON, as that of a browser does that goes to a page.
    package static func prefersHTML(_ request: Request) -> Bool {
        guard let header = header(of: request) else { return false }
        let html = Liking(of: "text/html", in: header)
        return html.quality > 0 && html.isStronger(than: Liking(of: "application/json", in: header))
    }

    /// In lower-case letters; nil where it is silent.
    private static func header(of request: Request) -> String? {
        guard let header = request.combinedHeader(.accept), !header[...].trimmingSpaces().isEmpty else { return nil }
        return header.lowercased()
    }

    /// How much an Accept header likes a media type: as the most specific of the ranges says that the type is in.
    private struct Liking {
        /// From 0, for a type that is in no range or not acceptable, to 1.
        private(set) var quality = 0.0
        /// Of the range: 1 to 3, 0 for none.
        private var specificity = 0

        init(of type: String, in header: String) {
            for item in header.split(separator: ",") {
                let parts = item.split(separator: ";").map { $0.trimmingSpaces() }
                guard let range = parts.first else { continue }
                let specificity: Int
                switch range {
                case type[...]: specificity = 3
                case type.prefix { $0 != "/" } + "/*": specificity = 2
                case "*/*": specificity = 1
                default: continue
                }
                guard specificity > self.specificity else { continue }
                self.specificity = specificity
                let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
                // A weight that is none says nothing.
                quality = (0...1).contains(weight) ? weight : 1
            }
        }

        func isStronger(than other: Liking) -> Bool {
            // Where both are liked alike, a type that is named beats one that a wildcard lets in.
            quality == other.quality ? specificity > other.specificity : quality > other.quality
        }
    }
}

extension Substring {
    /// Without the spaces and tabs around it.
    package func trimmingSpaces() -> Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return start.prefix(0) }
        return start[...end]
    }
}
