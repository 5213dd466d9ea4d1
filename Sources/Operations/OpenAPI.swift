import NIOCore
import OpenAPIDocument

/// The description of all paths of all APIs, in OpenAPI 3.1.
package enum OpenAPI {
    /// JSON.
    package static let document: ByteBuffer = {
        var size = 0
        let start = openapi_document(&size)
        return ByteBuffer(bytes: UnsafeRawBufferPointer(start: start, count: size))
    }()
}
