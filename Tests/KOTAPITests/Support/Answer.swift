import FoundationEssentials
import HTTPServer
import NIOCore

/// What a request was answered, with its body whole.
struct Answer: Sendable {
    var status: Int
    var fields: [(name: String, value: String)]
    var bytes: [UInt8] = []
    var isStreamed = false

    init(_ response: Response, on eventLoop: any EventLoop) async throws {
        status = response.status.code
        fields = response.headers.fields
        switch response.body {
        case .empty: break
        case .bytes(let buffer): bytes = Array(buffer.readableBytesView)
        case .stream(let stream):
            isStreamed = true
            while let piece = try await stream.next(on: eventLoop).get() { bytes += Array(piece.readableBytesView) }
        }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [Substring] { text.split(separator: "\n") }

    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as a JSON object whose values are strings.
    func strings() throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(bytes))
    }
}

func base64(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
}
