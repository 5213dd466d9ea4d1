import Harness

/// A strict reader of the answers that a connection has given.
struct Answers {
    private var rest: ArraySlice<UInt8>
    /// Whether an answer said that it is the last one.
    private(set) var hasClosed = false

    private struct Head {
        var status: Int
        var reason: String
        var fields: [(name: String, value: String)]

        func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
    }

    init(_ output: [UInt8]) {
        rest = output[...]
    }

    mutating func requireAnswer(to request: RequestStream.Request) {
        let head = takeHead()
        let body = request.method == "HEAD" ? nil : takeBody(head, isToHTTP11: request.isHTTP11)
        if request.target.dropFirst().first == "f" {
            require(head.status == 500, "\(head) answers a request that fails")
            return
        }
        let query = head.values("x-query").map { "?" + $0 }.joined()
        require(head.status == 200 && head.reason + query == request.target, "\(head) answers \(request)")
        require(head.values("etag") == ["\"\(UInt64.max)\""], "\(head) answers \(request)")
        require(body == nil || body == request.body, "\(head), \(body ?? []) answers \(request)")
    }

    /// Requires an answer to what is no request, and nothing behind it.
    mutating func requireRefusal(_ message: String) {
        let head = takeHead()
        require((400...599).contains(head.status), "\(head) refuses with \(message)")
        require(hasClosed, "goes on behind a request that is none")
        // Where the method was read, it may be a HEAD.
        if !rest.isEmpty {
            let body = takeBody(head, isToHTTP11: true)
            require(body == Array((message + "\n").utf8), "\(body) says \(message)")
        }
        requireEnd()
    }

    /// Requires that the first answer that is left is to a body that is too large.
    mutating func requireTooLarge() {
        let head = takeHead()
        require(head.status == 413, "\(head) answers a body that is too large")
    }

    func requireEnd() {
        require(rest.isEmpty, "more answers than requests: \(text(rest))")
    }

    // MARK: - Parts of an answer (RFC 9112 §4 to §7)

    private func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

    private mutating func takeLine() -> String {
        let end = rest.firstIndex(of: UInt8(ascii: "\r")) ?? rest.endIndex
        let line = rest[..<end]
        require(rest[end...].starts(with: Array("\r\n".utf8)), "a line does not end: \(text(rest))")
        require(line.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a line has control characters: \(text(line))")
        rest = rest.dropFirst(line.count + 2)
        return text(line)
    }

    private mutating func takeBytes(_ count: Int) -> [UInt8] {
        require(rest.count >= count, "\(rest.count) bytes where there should be \(count)")
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A client that waits with a body is told to send it, which may be the last that it is told.
    mutating func skipContinue() {
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        if rest.starts(with: interim) { rest = rest.dropFirst(interim.count) }
    }

    private mutating func takeHead() -> Head {
        require(!hasClosed, "an answer behind the last one")
        skipContinue()
        let line = takeLine()
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        require(parts.count == 3 && parts[0] == "HTTP/1.1" && parts[1].utf8.count == 3, "\(line) is no status line")
        var head = Head(status: Int(parts[1]) ?? 0, reason: String(parts[2]), fields: [])
        while true {
            let line = takeLine()
            guard !line.isEmpty else { break }
            // Not by characters: what is behind the space may be a mark that belongs to it.
            let separator = line.utf8.firstRange(of: ": ".utf8)
            require(separator != nil, "\(line) is no field")
            guard let separator else { break }
            head.fields.append(
                (line[..<separator.lowerBound].lowercased(), String(line[separator.upperBound...])))
        }
        require(head.values("date").count == 1, "\(head) has no date, or two")
        hasClosed = head.values("connection") == ["close"]
        return head
    }

    private mutating func takeBody(_ head: Head, isToHTTP11: Bool) -> [UInt8] {
        let lengths = head.values("content-length")
        let codings = head.values("transfer-encoding")
        require(lengths.count + codings.count <= 1, "\(head) has two framings")
        if let length = lengths.first { return takeBytes(Int(length) ?? Int.max) }
        guard !codings.isEmpty else {
            require(hasClosed && !isToHTTP11, "\(head) does not say where its body ends")
            return takeBytes(rest.count)
        }
        require(codings == ["chunked"] && isToHTTP11, "\(head) has a transfer coding that it should not")
        var body: [UInt8] = []
        while true {
            let line = takeLine()
            let size = Int(line, radix: 16) ?? -1
            require(size >= 0, "\(line) is no size")
            guard size > 0 else { break }
            body += takeBytes(size)
            require(takeLine().isEmpty, "a chunk goes on")
        }
        require(takeLine().isEmpty, "an answer has trailers")
        return body
    }
}
