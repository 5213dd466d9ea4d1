import HTTPServer
import NIOCore

/// One of the page's files, as it is sent.
struct ConsoleFile: Sendable {
    let path: String
    let headers: PreparedHeaders
    let content: ByteBuffer

    static let all = [
        ConsoleFile("/", "text/html; charset=utf-8", PackageResources.index_html),
        ConsoleFile("/console.css", "text/css; charset=utf-8", PackageResources.console_css),
        ConsoleFile("/console.js", "text/javascript; charset=utf-8", PackageResources.console_js),
        ConsoleFile("/client.js", "text/javascript; charset=utf-8", PackageResources.client_js),
    ]

    /// What the page may load, and who may show it (Content Security Policy Level 3 §6): itself, on its own.
    private static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
        "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private init(_ path: String, _ mediaType: String, _ content: [UInt8]) {
        self.path = path
        headers = PreparedHeaders([
            ("Content-Type", mediaType), ("Cache-Control", "no-cache"),
            ("Content-Security-Policy", Self.contentSecurityPolicy), ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ])
        self.content = ByteBuffer(bytes: content)
    }

    /// Nil where the path is none of theirs.
    init?(of request: Request) {
        let file = request.withPathBytes { path in Self.all.first { path.elementsEqual($0.path.utf8) } }
        guard let file else { return nil }
        self = file
    }
}
