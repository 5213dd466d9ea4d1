import Foundation
import HTTPServer
import Testing

@testable import KOTAPI
@testable import KVdbAPI
@testable import Operations

/// Whether the document tells of all that the code serves, and of nothing else.
@Suite struct OpenAPITests {
    private let document: [String: Any]

    init() throws {
        let json = try JSONSerialization.jsonObject(with: Data(OpenAPI.document.readableBytesView))
        document = try #require(json as? [String: Any])
    }

    private var paths: [String: [String: Any]] { document["paths"] as? [String: [String: Any]] ?? [:] }

    /// The methods of each path that is described, as Allow lists them.
    private var described: [String: Set<String>] {
        let methods = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]
        return paths.mapValues { item in Set(methods.filter { item[$0] != nil }.map { $0.uppercased() }) }
    }

    /// Where a path of buckets is described, and which methods it has.
    private func served(_ path: String) -> (template: String, methods: String)? {
        var path = path
        return path.withUTF8 { bytes in
            switch Target(path: UnsafeRawBufferPointer(bytes)) {
            case .root: ("/", Methods.root)
            case .bucket: ("/{bucket}", Methods.bucket)
            case .key: ("/{bucket}/{key}", Methods.key)
            case .tokens: ("/{bucket}/tokens/", Methods.tokens)
            case .scripts: ("/{bucket}/scripts/", Methods.scripts)
            case .script: ("/{bucket}/scripts/{name}", Methods.script)
            case .none: nil
            }
        }
    }

    @Test func everyMethodOfEveryPathIsDescribedAndNoOther() {
        var expected: [String: Set<String>] = [:]
        for path in ["/", "/b", "/b/k", "/b/tokens/", "/b/scripts/", "/b/scripts/s"] {
            guard let (template, methods) = served(path) else { continue }
            expected[template] = Set(methods.split(separator: ", ").map(String.init))
        }
        #expect(expected.count == 6)
        for route in KOTRoute.allCases { expected[route.rawValue] = Set((route.methods + [.options]).map(\.name)) }
        for route in OperationsRoute.allCases {
            expected[route.rawValue] = Set((route.methods + [.options]).map(\.name))
        }
        let checkpoints: [String: CheckpointRoute] = [
            "/-/checkpoints": .checkpoints, "/-/checkpoints/{checkpoint}": .checkpoint("c"),
            "/-/checkpoints/{checkpoint}/files/{file}": .file("c", name: "f"),
        ]
        for (path, route) in checkpoints { expected[path] = Set((route.methods + [.options]).map(\.name)) }
        for path in Set(expected.keys).union(described.keys).sorted() {
            #expect(described[path] == expected[path], "\(path)")
        }
    }

    @Test func everyReferenceLeadsSomewhereAndEveryComponentIsUsed() throws {
        var references: Set<String> = []
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                if let reference = object["$ref"] as? String { references.insert(reference) }
                object.values.forEach(collect)
            } else if let array = value as? [Any] {
                array.forEach(collect)
            }
        }
        collect(document)
        let components = try #require(document["components"] as? [String: [String: Any]])
        var defined: Set<String> = []
        for (kind, members) in components where kind != "securitySchemes" {
            for name in members.keys { defined.insert("#/components/\(kind)/\(name)") }
        }
        #expect(references == defined)
    }

    @Test func everyOperationHasAnIDOfItsOwnATagAndKnownSchemesOfSecurity() throws {
        let tags = try #require(document["tags"] as? [[String: Any]]).compactMap { $0["name"] as? String }
        let components = try #require(document["components"] as? [String: [String: Any]])
        let schemes = Set(try #require(components["securitySchemes"]).keys)
        var ids: Set<String> = []
        var used: Set<String> = []
        for (path, methods) in described {
            for method in methods {
                let operation = try #require(paths[path]?[method.lowercased()] as? [String: Any])
                let id = try #require(operation["operationId"] as? String, "\(method) \(path)")
                #expect(ids.insert(id).inserted, "\(id)")
                #expect((operation["tags"] as? [String])?.allSatisfy(tags.contains) == true, "\(id)")
                #expect((operation["summary"] as? String)?.isEmpty == false, "\(id)")
                let security = try #require(operation["security"] as? [[String: Any]], "\(id)")
                used.formUnion(security.flatMap(\.keys))
            }
        }
        #expect(used == schemes)
    }

    @Test func theFieldsOfAPathAreItsParameters() throws {
        for (path, item) in paths {
            let fields = Set(path.matches(of: /\{([^}]+)\}/).map { String($0.output.1) })
            let references = (item["parameters"] as? [[String: String]] ?? []).compactMap { $0["$ref"] }
            let components = document["components"] as? [String: [String: [String: Any]]]
            let names = references.compactMap { reference in
                components?["parameters"]?[String(reference.split(separator: "/").last ?? "")]?["name"] as? String
            }
            #expect(Set(names) == fields, "\(path)")
        }
    }
}
