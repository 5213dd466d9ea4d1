import HTTPAPI
import HTTPServer

/// What a script is told of its request: `kvdb.var`.
enum ScriptVariables {
    typealias Variable = (name: String, value: [UInt8])

    /// The query's parameters, then the fields of the body, then what only the server knows; of two with one name the last
    /// counts.
    ///
    /// - Throws: `badRequest` where the query is broken. A body that is no form and no JSON object has no fields.
    static func variables(of request: Request) throws(APIError) -> [Variable] {
        var variables: [Variable] = []
        try request.query.forEach { (name, value) throws(APIError) in
            // The caller's credential is not the script's to keep.
            if name != "access_token" { variables.append((name, value)) }
        }
        let body = Array(request.body.readableBytesView)
        if let fields = try? fields(of: body, contentType: request.header(.contentType) ?? "") { variables += fields }
        variables.append(("body", body))
        variables.append(("method", Array(request.method.name.utf8)))
        variables.append(("remote_addr", Array((request.remoteAddress?.description ?? "").utf8)))
        variables.append(("uri", request.withPathBytes { Array($0) }))
        return variables
    }

    private static func fields(of body: [UInt8], contentType: String) throws(APIError) -> [Variable] {
        let type = contentType.lowercased().prefix { $0 != ";" }.trimmingSpaces()
        // curl -d '{…}' sends JSON under a form's type.
        let isForm = type == "application/x-www-form-urlencoded"
        let isObject = body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
        if type == "application/json" || (isForm && isObject) { return try fields(ofJSON: body) }
        if type == "multipart/form-data" {
            let form = try MultipartForm(body, contentType: contentType)
            return form.parts.map { ($0.name, $0.bytes) }
        }
        guard isForm else { return [] }
        var fields: [Variable] = []
        try Parameters(urlEncoded: body).forEach { (name, value) throws(APIError) in fields.append((name, value)) }
        return fields
    }

    /// Strings as they are, null as if it were not there, and all else as its JSON text.
    private static func fields(ofJSON body: [UInt8]) throws(APIError) -> [Variable] {
        var reader = try JSONReader(body)
        guard try reader.kind() == .object else { return [] }
        var fields: [Variable] = []
        try reader.object { (name, reader) throws(APIError) in
            switch try reader.kind() {
            case .null: try reader.value()
            case .string: fields.append((name, try reader.string()))
            default: fields.append((name, Array(try reader.value())))
            }
        }
        try reader.end()
        return fields
    }
}
