import HTTPAPI
import HTTPServer
import NIOCore

/// One of a page's files, as it is sent.
struct PageFile: Sendable {
    let place: Place
    let headers: PreparedHeaders
    let content: ByteBuffer

    /// What a page may load, and who may show it (Content Security Policy Level 3 §6): itself, on its own.
    private static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
        "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// A file of text in UTF-8.
    init(_ place: Place, _ mediaType: String, _ content: [UInt8]) {
        self.place = place
        headers = PreparedHeaders(
            [
                ("Content-Type", mediaType + "; charset=utf-8"), ("Cache-Control", "no-cache"),
                ("Content-Security-Policy", Self.contentSecurityPolicy), ("Referrer-Policy", "no-referrer"),
                ("X-Content-Type-Options", "nosniff"),
            ] + place.headers)
        self.content = ByteBuffer(bytes: content)
    }

    /// Where a file is.
    enum Place: Sendable {
        case path(StaticString)
        /// `/BUCKET/scripts/` of every bucket, for those who would rather have HTML than the list as JSON.
        case scriptsOfBuckets

        /// Whether a file may be there, by the length and the end of the path alone: every request of a server is asked about.
        func mayBe(_ path: UnsafeRawBufferPointer) -> Bool {
            switch self {
            case .path(let own): path.count == own.utf8CodeUnitCount
            case .scriptsOfBuckets: path.last == UInt8(ascii: "/")
            }
        }

        /// Whether a request for this path is for the file there. Of the scripts' path it is only one that reads.
        func has(_ request: Request, at path: UnsafeRawBufferPointer) -> Bool {
            switch self {
            case .path(let own):
                path.elementsEqual(UnsafeRawBufferPointer(own))
            case .scriptsOfBuckets:
                Self.isScripts(path) && (request.method == .get || request.method == .head)
                    && Accept.prefersHTML(request)
            }
        }

        private static func isScripts(_ path: UnsafeRawBufferPointer) -> Bool {
            let end = UnsafeRawBufferPointer("/scripts/")
            guard path.suffix(end.count).elementsEqual(end) else { return false }
            let bucket = path.dropFirst().dropLast(end.count)
            return !bucket.isEmpty && !bucket.contains(UInt8(ascii: "/"))
        }

        /// What an answer from there has beside what all files have.
        fileprivate var headers: [(String, String)] {
            switch self {
            case .path: []
            // A script may answer with a page, which is of this one's origin and must not look into it.
            case .scriptsOfBuckets: [("Vary", "Accept"), ("Cross-Origin-Opener-Policy", "same-origin")]
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate init(_ text: StaticString) {
        self.init(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
