@testable import HTTPServer

/// What this server's codec and NIOHTTP1 read in the same bytes, held against each other.
///
/// All that the codec takes for a request has to be the same request to NIOHTTP1, to the byte: otherwise one of them would
/// take for a request what is another's body to the other. The codec may reject what NIOHTTP1 takes.
struct StreamComparison {
    /// Why the two may differ.
    enum KnownDifference: CaseIterable {
        /// Any token is a method (RFC 9110 §9.1). NIOHTTP1 rejects those that are not on its list.
        case method
        /// A target may have octets above ASCII, since clients send UTF-8 as it is; RFC 9112 §3.2 has them percent-encoded.
        /// NIOHTTP1 rejects them.
        case targetAboveASCII
        /// Proxy-Connection is a field like any other (RFC 9112 appendix C.2.2). NIOHTTP1 takes it for Connection.
        case proxyConnection
        /// A request that offers another protocol is answered in this one (RFC 9110 §7.8). NIOHTTP1 reads nothing behind it.
        case upgrade
        /// A recipient takes white space around the parts of a chunk extension (RFC 9112 §7.1.1). NIOHTTP1 rejects it.
        case spaceInChunkExtensions
        /// A tab is white space behind a value (RFC 9110 §5.6.3). Where the value says where a body ends, NIOHTTP1 rejects it,
        /// or, in an offer of another protocol, reads no body.
        case tabBehindFraming
    }

    let ours: RequestStream
    let theirs: RequestStream
    /// The number of requests that are the same to both.
    private(set) var agreed = 0
    /// The difference that ended the comparison.
    private(set) var known: KnownDifference?
    /// The difference that should not be; nil where there is none.
    private(set) var fault: String?

    init(_ bytes: [UInt8]) {
        ours = RequestStream(bytes)
        // So that it shows whether a request ends at the same byte.
        theirs = RequestStream(readByNIOHTTP1: bytes, cutAt: ours.requests.flatMap { [$0.end - 1, $0.end] })
        for (index, request) in ours.requests.enumerated() {
            if index < theirs.requests.count, theirs.requests[index] == request {
                agreed += 1
                continue
            }
            known = knownDifference(at: index, of: bytes)
            if known == nil {
                let other = index < theirs.requests.count ? "\(theirs.requests[index])" : "\(theirs.end)"
                fault = "request \(index): \(request), by NIOHTTP1: \(other)"
            }
            return
        }
        if ours.end == .open, theirs.requests.count > ours.requests.count {
            fault = "behind request \(ours.requests.count) none, by NIOHTTP1: \(theirs.requests[ours.requests.count])"
        }
    }

    /// Why NIOHTTP1 does not have the request at `index`, if that is known.
    private func knownDifference(at index: Int, of bytes: [UInt8]) -> KnownDifference? {
        let request = ours.requests[index]
        let previous = index > 0 ? ours.requests[index - 1] : nil
        let parts = RequestParts(bytes[(previous?.end ?? 0)..<request.end])
        if parts.framingFields.contains(where: { $0.contains(.tab) }) { return .tabBehindFraming }
        guard theirs.requests.count == index else { return nil }
        guard case .rejected = theirs.end else {
            return previous?.has("upgrade") ?? false ? .upgrade : nil
        }
        if previous?.has("proxy-connection") ?? false { return .proxyConnection }
        if !request.target.utf8.allSatisfy({ $0 < 0x80 }) { return .targetAboveASCII }
        if !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(request.method) { return .method }
        if parts.chunkLines.contains(where: { $0.contains(.space) || $0.contains(.tab) }) {
            return .spaceInChunkExtensions
        }
        return nil
    }
}

extension RequestStream.Request {
    fileprivate func has(_ name: String) -> Bool { fields.contains { $0.name.lowercased() == name } }
}

/// The lines of a valid request that say where its body and its parts end.
private struct RequestParts {
    /// Of Content-Length and Transfer-Encoding.
    private(set) var framingFields: [ArraySlice<UInt8>] = []
    /// The sizes of chunks with their extensions, if there are chunks.
    private(set) var chunkLines: [ArraySlice<UInt8>] = []

    init(_ bytes: ArraySlice<UInt8>) {
        var isChunked = false
        var rest = bytes.drop { $0 == .carriageReturn || $0 == .lineFeed }
        while let line = RequestParts.takeLine(&rest), !line.isEmpty {
            let name = String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
            if name == "transfer-encoding" { isChunked = true }
            if name == "content-length" || name == "transfer-encoding" { framingFields.append(line) }
        }
        while isChunked, let line = RequestParts.takeLine(&rest) {
            let digits = String(decoding: line.prefix { $0.hexadecimalValue != nil }, as: UTF8.self)
            guard let size = Int(digits, radix: 16) else { return }
            chunkLines.append(line)
            if size == 0 { return }
            rest = rest.dropFirst(size + 2)
        }
    }

    private static func takeLine(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let end = bytes.firstIndex(of: .lineFeed) else { return nil }
        defer { bytes = bytes[(end + 1)...] }
        return bytes[..<max(bytes.startIndex, end - 1)]
    }
}
