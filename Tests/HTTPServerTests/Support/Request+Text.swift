@testable import HTTPServer

extension Request {
    var path: String { withPathBytes { String(decoding: $0, as: UTF8.self) } }
    var query: String? { withQueryBytes { bytes in bytes.map { String(decoding: $0, as: UTF8.self) } } }
}
