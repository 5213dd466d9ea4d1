import Foundation
import Testing

/// What a server says of itself, as OpenAPI.
struct APIDocument {
    private let root: [String: Any]

    init(_ server: ServerProcess) throws {
        let response = try server.client.get("/-/openapi.json")
        guard response.status == 200, response["Content-Type"] == "application/json",
            let root = try response.json() as? [String: Any]
        else { throw HarnessError("no document: \(response.status) \(response.text.prefix(200))") }
        self.root = root
    }

    var version: String? { (root["info"] as? [String: Any])?["version"] as? String }
    var paths: [String: [String: Any]] { root["paths"] as? [String: [String: Any]] ?? [:] }

    /// What there is where a reference leads; all else as it is.
    private func resolved(_ value: Any?) -> [String: Any] {
        let object = value as? [String: Any] ?? [:]
        guard let reference = object["$ref"] as? String else { return object }
        var target: Any? = root
        for name in reference.split(separator: "/").dropFirst() { target = (target as? [String: Any])?[String(name)] }
        return target as? [String: Any] ?? [:]
    }

    /// The path of the document that a request's path is of: one that is written out before one with fields.
    private func template(of target: String) -> String? {
        let path = target.prefix { $0 != "?" }
        if paths[String(path)] != nil { return String(path) }
        let parts = path.dropFirst().split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return "/{bucket}"
        case 2: return parts[1].isEmpty ? "/{bucket}" : "/{bucket}/{key}"
        default:
            if parts[1] == "tokens", parts[2].isEmpty { return "/{bucket}/tokens/" }
            guard parts[1] == "scripts" else { return "/{bucket}/{key}" }
            return parts[2].isEmpty ? "/{bucket}/scripts/" : "/{bucket}/scripts/{name}"
        }
    }

    /// Fields that every answer has, or that HTTP itself is about.
    private static let commonFields: Set<String> = [
        "access-control-allow-origin", "access-control-expose-headers", "connection", "content-length", "content-type",
        "date", "transfer-encoding",
    ]

    /// What an answer has that the document does not tell of, or lacks that it promises.
    func differences(_ method: String, _ target: String, _ response: HTTPResponse) -> [String] {
        guard let template = template(of: target),
            let operation = paths[template]?[method.lowercased()] as? [String: Any]
        else { return ["\(method) is not described"] }
        let responses = operation["responses"] as? [String: Any] ?? [:]
        guard let found = responses[String(response.status)] ?? responses["default"] else {
            return ["status \(response.status) is not described"]
        }
        let description = resolved(found)
        var differences: [String] = []
        let headers = description["headers"] as? [String: Any] ?? [:]
        let described = Set(headers.keys.map { $0.lowercased() })
        let sent = Set(response.headers.map { $0.name.lowercased() })
        for name in sent.subtracting(described).subtracting(Self.commonFields).sorted() {
            differences.append("field \(name) is not described")
        }
        for (name, header) in headers where resolved(header)["required"] as? Bool == true {
            if !sent.contains(name.lowercased()) { differences.append("field \(name) is missing") }
        }
        let types = (description["content"] as? [String: Any] ?? [:]).keys
        let type = response["Content-Type"].map { String($0.prefix { $0 != ";" }) }
        if let type, method != "HEAD", !types.contains(type), !types.contains("*/*") {
            differences.append("media type \(type) is not described")
        }
        if type == nil, !response.body.isEmpty { differences.append("a body without a media type") }
        return differences
    }
}
