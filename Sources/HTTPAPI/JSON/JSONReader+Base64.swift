import FoundationEssentials

extension JSONReader {
    /// Reads bytes as `JSONWriter.bytes` writes them: a string, or `{"base64":"…"}` for what is not UTF-8.
    ///
    /// - Throws: `badRequest` where it is neither.
    package mutating func stringOrBase64() throws(APIError) -> [UInt8] {
        if try kind() == .string { return try string() }
        var bytes: [UInt8]?
        try object { (name, json) throws(APIError) in
            guard name == "base64", try json.kind() == .string else {
                try json.value()
                return
            }
            bytes = try json.base64()
        }
        guard let bytes else { throw .badRequest(#"bytes that are an object must be {"base64":"…"}"#) }
        return bytes
    }

    /// Reads a string in base64; nil where it is none.
    package mutating func base64() throws(APIError) -> [UInt8]? {
        Data(base64Encoded: Data(try string())).map { Array($0) }
    }
}
