import HTTPServer

/// The paths of a server's operation.
package enum OperationsRoute: String, CaseIterable, Sendable {
    case health = "/-/health"
    case ready = "/-/ready"
    case metrics = "/-/metrics"
    case openAPI = "/-/openapi.json"

    /// Nil where there is nothing at `path`.
    init?(path: UnsafeRawBufferPointer) {
        guard let route = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(path) }) else { return nil }
        self = route
    }

    package var methods: [Method] {
        switch self {
        case .health, .ready, .metrics, .openAPI: [.get, .head]
        }
    }

    /// Who may ask.
    enum Audience {
        case anyone
        case administrators
    }

    var audience: Audience {
        switch self {
        case .health, .ready, .openAPI: .anyone
        case .metrics: .administrators
        }
    }
}
