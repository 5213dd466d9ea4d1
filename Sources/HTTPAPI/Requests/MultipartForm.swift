/// A form whose parts are apart from each other by a boundary, as browsers send those with files (RFC 7578, RFC 2046 §5.1).
package struct MultipartForm {
    package struct Part: Equatable, Sendable {
        package var name: String
        /// Whether it has a file's name.
        package var isFile: Bool
        package var bytes: [UInt8]
    }

    package private(set) var parts: [Part] = []

    /// How many parts a form may have.
    private static let partsMax = 1024
    /// How many bytes the header fields of a part may have.
    private static let headSizeMax = 8192
    private static let lineEnd: [UInt8] = [13, 10]
    private static let dashes: [UInt8] = [45, 45]

    /// - Parameter contentType: the value of the Content-Type field, which names the boundary.
    /// - Throws: `badRequest` where there is no boundary, or the body does not keep to it.
    package init(_ body: [UInt8], contentType: String) throws(APIError) {
        guard let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
            throw .badRequest("multipart/form-data needs a boundary of 1 to 70 characters in Content-Type")
        }
        // The first delimiter may begin the body, where no line ends before it.
        let text = (Self.lineEnd + body)[...]
        let delimiter = Self.lineEnd + Self.dashes + boundary.utf8
        var starts: [Int] = []
        var isEnded = false
        while !isEnded, let start = Self.find(delimiter, in: text, from: starts.last.map { $0 + delimiter.count } ?? 0)
        {
            starts.append(start)
            guard starts.count <= Self.partsMax + 1 else {
                throw .badRequest("a form may have at most \(Self.partsMax) parts")
            }
            isEnded = text[(start + delimiter.count)...].starts(with: Self.dashes)
        }
        guard isEnded else { throw .badRequest("the multipart form is cut: its last boundary is missing") }
        for (start, end) in zip(starts, starts.dropFirst()) {
            parts.append(try Self.part(text[(start + delimiter.count)..<end]))
        }
    }

    private static func part(_ text: ArraySlice<UInt8>) throws(APIError) -> Part {
        // White space may follow a boundary on its line (RFC 2046 §5.1.1).
        let rest = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard rest.starts(with: lineEnd),
            let blank = find(lineEnd + lineEnd, in: rest.prefix(headSizeMax), from: rest.startIndex)
        else {
            throw .badRequest("a part of the multipart form has no header fields, or more than \(headSizeMax) bytes of them")
        }
        let head = String(decoding: rest[rest.startIndex..<blank], as: UTF8.self)
        let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") }
        guard let field = field.map(String.init), let name = parameter("name", of: field) else {
            throw .badRequest("a part of the multipart form has no name in Content-Disposition")
        }
        return Part(
            name: name, isFile: parameter("filename", of: field) != nil, bytes: Array(rest[(blank + 4)...]))
    }

    /// The value of a parameter behind a `;`, without its quotes, in which a `;` means nothing.
    private static func parameter(_ name: String, of field: String) -> String? {
        for parameter in parameters(of: field) {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name else { continue }
            let value = parts[1]
            return value.first == "\"" ? String(value.dropFirst().prefix { $0 != "\"" }) : String(value)
        }
        return nil
    }

    private static func parameters(of field: String) -> [Substring] {
        var isQuoted = false
        let parts = field.split { character in
            if character == "\"" { isQuoted.toggle() }
            return character == ";" && !isQuoted
        }
        return parts.dropFirst().map { $0.trimmingSpaces() }
    }

    private static func find(_ pattern: [UInt8], in text: ArraySlice<UInt8>, from start: Int) -> Int? {
        guard let first = pattern.first else { return nil }
        var position = start
        while let candidate = text[position...].firstIndex(of: first) {
            if text[candidate...].starts(with: pattern) { return candidate }
            position = candidate + 1
        }
        return nil
    }
}
