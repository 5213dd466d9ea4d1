import FoundationEssentials
import HTTPAPI
import HTTPServer
import KeyValueStore

/// The parameters of a request: of its query string and its body, a form of either kind or a JSON object, together.
struct KOTParameters: Sendable {
    private enum Field: Sendable {
        /// Of a form or a query string.
        case text([UInt8])
        /// A part of a form that is a file.
        case file([UInt8])
        /// Of a JSON object: the value's text.
        case json([UInt8])
    }

    private var fields: [String: Field] = [:]
    private var repeatedNames: Set<String> = []

    /// - Throws: `badRequest` where the body is none of these.
    init(_ request: Request) throws(APIError) {
        try add(request.query)
        let body = Array(request.body.readableBytesView)
        guard let first = body.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return }
        let header = request.header(.contentType) ?? ""
        let type = header.lowercased()
        if type.hasPrefix("multipart/form-data") {
            for part in try MultipartForm(body, contentType: header).parts {
                add(part.name, part.isFile ? .file(part.bytes) : .text(part.bytes))
            }
        } else if type.hasPrefix("application/json") || first == UInt8(ascii: "{") {
            // curl -d '{…}' sends JSON under a form's type.
            try add(json: body)
        } else if type.isEmpty || type.hasPrefix("application/x-www-form-urlencoded") || type.hasPrefix("text/plain") {
            try add(Parameters(urlEncoded: body))
        } else {
            throw .badRequest("send the parameters as a form (curl -d 'key=…') or as a JSON object")
        }
    }

    private mutating func add(_ parameters: Parameters) throws(APIError) {
        guard parameters.fields.count < Parameters.fieldsMax else {
            throw .badRequest("a form may have at most \(Parameters.fieldsMax - 1) fields")
        }
        try parameters.forEach { (name, value) throws(APIError) in add(name, .text(value)) }
    }

    private mutating func add(json body: [UInt8]) throws(APIError) {
        var reader = try JSONReader(body)
        guard try reader.kind() == .object else {
            throw .badRequest(#"the body must be a JSON object, as {"database_name":"d","key":"k"}"#)
        }
        var fields: [(String, [UInt8])] = []
        try reader.object { (name, reader) throws(APIError) in fields.append((name, try reader.compactValue())) }
        try reader.end()
        for (name, text) in fields { add(name, .json(text)) }
    }

    private mutating func add(_ name: String, _ field: Field) {
        if fields.updateValue(field, forKey: name) != nil { repeatedNames.insert(name) }
    }

    /// - Throws: `badRequest` where the name is given twice, since what was meant can't be told.
    private func field(_ name: String) throws(APIError) -> Field? {
        guard !repeatedNames.contains(name) else { throw .badRequest("\(name) is given twice; give it once") }
        return fields[name]
    }

    /// A parameter as text; nil where it is not given, or null.
    func text(_ name: String) throws(APIError) -> String? {
        let bytes: [UInt8]
        switch try field(name) {
        case nil: return nil
        case .text(let text), .file(let text): bytes = text
        case .json(let text):
            var reader = try JSONReader(text)
            switch try reader.kind() {
            case .null: return nil
            case .string: bytes = try reader.string()
            case .number, .boolean: bytes = text
            case .object, .array: throw .badRequest("\(name) must be a text")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("\(name) is not valid UTF-8")
        }
        return text
    }

    func requiredText(_ name: String) throws(APIError) -> String {
        guard let text = try text(name) else { throw Self.missing(name) }
        return text
    }

    func flag(_ name: String) throws(APIError) -> Bool {
        guard let text = try text(name) else { return false }
        return try KOTFlag.parse(text, name)
    }

    /// `value`: a form's is a string, one of JSON keeps its type; or `base64`, the bytes of a file.
    func value() throws(APIError) -> KOTValue? {
        if try field("base64") != nil {
            guard try field("value") == nil else { throw .badRequest("give value or base64, not both") }
            guard let bytes = Data(base64Encoded: try requiredText("base64")) else {
                throw .badRequest("base64 must be in base64 (RFC 4648 §4)")
            }
            return .bytes(Array(bytes))
        }
        switch try field("value") {
        case nil: return nil
        case .json(let text): return .json(text)
        case .file(let bytes): return .bytes(bytes)
        case .text(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .badRequest("value is not valid UTF-8; send other bytes in base64, as the parameter base64")
            }
            return .string(text)
        }
    }

    /// A reader of a parameter that is JSON, also where a form has it as text.
    func json(_ name: String) throws(APIError) -> JSONReader {
        switch try field(name) {
        case nil: throw Self.missing(name)
        case .json(let text): return try JSONReader(text)
        case .text(let text), .file(let text):
            var reader = try JSONReader(text)
            guard let kind = try? reader.kind(), kind == .array || kind == .object else {
                throw .badRequest(#"\#(name) must be JSON, as ["k"]"#)
            }
            return try JSONReader(text)
        }
    }

    /// Reads are always current, so that the time for which a client may keep a value says nothing here.
    func checkCachePolicy() throws(APIError) {
        guard let text = try text("cache_policy").unlessNone else { return }
        guard let seconds = Double(text), seconds >= 0 else {
            throw .badRequest("cache_policy must be a number of seconds, 0 or more")
        }
    }

    func storage() throws(APIError) -> KOTStorage {
        KOTStorage(encryptionKey: try text("encryption_key").unlessNone, compress: try flag("compress"))
    }

    static func missing(_ name: String) -> APIError {
        .badRequest("\(name) is missing; send it as a form's field, in a JSON object or in the query string")
    }
}
