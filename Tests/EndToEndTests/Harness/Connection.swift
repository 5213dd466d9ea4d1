import Foundation

/// A connection that sends bytes as they are given and reads HTTP/1.1 answers. One task at a time may use it.
final class Connection: @unchecked Sendable {
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    /// What of the buffer has been read.
    private var offset = 0

    /// - Parameter receiveBuffer: the bytes that the system may hold for this reader, for one that is slow.
    init(port: Int, timeout: Duration = .seconds(20), receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HarnessError.system("socket") }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var noDelay: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
        setTimeout(timeout)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let error = HarnessError.system("connect")
            close(descriptor)
            throw error
        }
    }

    deinit {
        close(descriptor)
    }

    /// The most time that one read or write may take.
    func setTimeout(_ timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(
                    descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw HarnessError.system("send") }
            sent += count
        }
    }

    func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Sends no more.
    func endOutput() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    // MARK: Reading

    /// The next answer, with 100 Continue and the like left out.
    func readResponse(toHead isToHead: Bool = false) throws -> HTTPResponse {
        while true {
            var response = try HTTPResponse(head: try readHead())
            guard response.status >= 200 else { continue }
            if isToHead || response.status == 204 || response.status == 304 { return response }
            if response["Transfer-Encoding"] == "chunked" {
                response.isChunked = true
                response.body = try readChunks()
            } else if let length = response["Content-Length"].flatMap({ Int($0) }) {
                response.body = try read(count: length)
            } else {
                response.body = try readToEnd()
            }
            return response
        }
    }

    /// A status line with its header fields.
    func readHead() throws -> String {
        String(decoding: try readLine(endingWith: [13, 10, 13, 10]), as: UTF8.self)
    }

    func read(count: Int) throws -> [UInt8] {
        while buffer.count - offset < count {
            guard try fill() else {
                throw HarnessError("the connection ended \(count - buffer.count + offset) bytes early")
            }
        }
        defer { offset += count }
        return Array(buffer[offset..<offset + count])
    }

    /// All bytes until the peer closes its side.
    func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { offset = buffer.count }
        return Array(buffer[offset...])
    }

    /// Whether the peer has closed the connection, with nothing more on it, before the timeout.
    func isClosed(within limit: Duration = .seconds(5)) -> Bool {
        setTimeout(limit)
        defer { setTimeout(.seconds(20)) }
        do {
            return try !fill()
        } catch {
            return errno == ECONNRESET
        }
    }

    /// A body whose head has been read.
    func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while let chunk = try readChunk() { body += chunk }
        return body
    }

    /// The next chunk of a body; nil for the last one, which is its end.
    func readChunk() throws -> [UInt8]? {
        let line = String(decoding: try readLine(endingWith: [13, 10]), as: UTF8.self)
        guard let size = Int(line, radix: 16) else { throw HarnessError("not a chunk size: \(line)") }
        let chunk = try read(count: size)
        guard try read(count: 2) == [13, 10] else { throw HarnessError("no line end behind a chunk") }
        return size == 0 ? nil : chunk
    }

    private func readLine(endingWith end: [UInt8]) throws -> [UInt8] {
        var searched = offset
        while true {
            while searched + end.count <= buffer.count {
                if buffer[searched] == end[0], buffer[searched..<searched + end.count].elementsEqual(end) {
                    defer { offset = searched + end.count }
                    return Array(buffer[offset..<searched])
                }
                searched += 1
            }
            let consumed = offset
            guard try fill() else { throw HarnessError("the connection ended in the middle of a line") }
            // Filling may move what is left to the front.
            searched -= consumed - offset
        }
    }

    /// Reads what is there, or waits; false at the end.
    private func fill() throws -> Bool {
        if offset == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            offset = 0
        } else if offset > 1 << 20 {
            buffer.removeFirst(offset)
            offset = 0
        }
        let room = 256 << 10
        let count = withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { chunk in
            var count = recv(descriptor, chunk.baseAddress, room, 0)
            while count < 0, errno == EINTR { count = recv(descriptor, chunk.baseAddress, room, 0) }
            // Not a slice of the chunk, whose bytes a debug build would copy one by one.
            if count > 0 { buffer.append(contentsOf: UnsafeRawBufferPointer(start: chunk.baseAddress, count: count)) }
            return count
        }
        guard count >= 0 else { throw HarnessError.system("recv") }
        return count > 0
    }
}
