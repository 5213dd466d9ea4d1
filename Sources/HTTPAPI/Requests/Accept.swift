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
        guard let header = request.combinedHeader(.accept) else { return preferred }
        var best: [Form: (specificity: Int, quality: Double)] = [:]
        for item in header.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimmingSpaces() }
            guard let range = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            // A weight that is none says nothing.
            let quality = (0...1).contains(weight) ? weight : 1
            for (form, type) in [(Form.text, "text/plain"), (.json, "application/json")] {
                let specificity: Int
                switch range {
                case type[...]: specificity = 3
                case type.prefix { $0 != "/" } + "/*": specificity = 2
                case "*/*": specificity = 1
                default: continue
                }
                if specificity > best[form]?.specificity ?? 0 { best[form] = (specificity, quality) }
            }
        }
        guard !header[...].trimmingSpaces().isEmpty else { return preferred }
        let text = best[.text] ?? (specificity: 0, quality: 0)
        let json = best[.json] ?? (specificity: 0, quality: 0)
        if text.quality == 0, json.quality == 0 { return nil }
        if json.quality != text.quality { return json.quality > text.quality ? .json : .text }
        // Where both are liked alike, a type that is named beats one that a wildcard lets in.
        if json.specificity != text.specificity { return json.specificity > text.specificity ? .json : .text }
        return preferred
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
