import HTTPServer

extension Parameters {
    /// Those of the query string and of the body, a form or a JSON object, together.
    ///
    /// - Throws: `badRequest` where the body is neither.
    package init(bodyOf request: Request, and query: Parameters) throws(APIError) {
        self.init(query.fields + (try Self.body(of: request)).fields)
    }

    private static func body(of request: Request) throws(APIError) -> Parameters {
        let bytes = Array(request.body.readableBytesView)
        guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return .none }
        let type = request.header(.contentType)?.lowercased() ?? ""
        // curl -d '{…}' sends JSON under a form's type.
        if type.hasPrefix("application/json") || first == UInt8(ascii: "{") { return try Parameters(jsonObject: bytes) }
        guard type.isEmpty || type.hasPrefix("application/x-www-form-urlencoded") || type.hasPrefix("text/plain") else {
            throw .badRequest("send the parameters as a form (curl -d 'name=value') or as a JSON object")
        }
        return Parameters(urlEncoded: bytes)
    }
}
