import HTTPServer
import KeyValueStore
import Storage

/// A request that is not answered with success: a status, and a line that says what to do.
@usableFromInline
package struct APIError: Error, Sendable {
    package var status: Status
    package var message: String
    /// Further header fields, as `Allow`.
    package var fields: [(String, String)] = []

    package init(status: Status, message: String, fields: [(String, String)] = []) {
        self.status = status
        self.message = message
        self.fields = fields
    }

    package static func badRequest(_ message: String) -> APIError {
        APIError(status: .badRequest, message: message)
    }

    package static func forbidden(_ message: String) -> APIError {
        APIError(status: .forbidden, message: message)
    }

    package static func notFound(_ message: String) -> APIError {
        APIError(status: .notFound, message: message)
    }

    /// - Parameter revision: of the key as it is, nil where there is none or it is not one key's condition.
    package static func preconditionFailed(_ message: String, at revision: Revision?) -> APIError {
        APIError(
            status: .preconditionFailed, message: message, fields: revision.map { [("ETag", "\"\($0)\"")] } ?? [])
    }

    package static func methodNotAllowed(_ allowed: String) -> APIError {
        APIError(
            status: .methodNotAllowed, message: "this method is not for this path; use one of \(allowed)",
            fields: [("Allow", allowed)])
    }

    package static func unavailable(_ message: String, retryAfter seconds: Int?) -> APIError {
        APIError(
            status: .serviceUnavailable, message: message, fields: seconds.map { [("Retry-After", String($0))] } ?? [])
    }

    package static let unreadable = APIError(
        status: .internalServerError, message: "the store could not be read; the server's log says why")
}

extension APIError: CustomStringConvertible {
    /// The message on one line.
    public var description: String { message.split(separator: "\n").joined(separator: " ") }
}

// MARK: - Failures of the store

extension APIError {
    /// What an API answers where a namespace is not as a request needs it, in its own words.
    package struct NamespaceErrors: Sendable {
        package var notFound: APIError
        package var deleted: APIError
        package var exists: APIError

        package init(notFound: APIError, deleted: APIError, exists: APIError) {
            self.notFound = notFound
            self.deleted = deleted
            self.exists = exists
        }
    }

    /// The answer to what the store did not do.
    package init(_ error: StoreError, namespace: NamespaceErrors) {
        switch error {
        case .namespaceNotFound: self = namespace.notFound
        case .namespaceDeleted: self = namespace.deleted
        case .namespaceExists: self = namespace.exists
        case .invalid(let message): self = .badRequest(message)
        case .conditionFailed(let message, let revision): self = .preconditionFailed(message, at: revision)
        case .conflict:
            self = .unavailable(
                "others changed what this depends on, again and again; nothing was changed, try again soon",
                retryAfter: 1)
        case .busy:
            self = .unavailable("too many writes are waiting; nothing was changed, try again soon", retryAfter: 1)
        case .diskFull:
            self = .unavailable(
                "the server's disk is full; nothing was changed, try again when there is room", retryAfter: 30)
        case .outcomeUnknown:
            self = .unavailable(
                """
                the write failed on its way to the disk, so its outcome is unknown; the server takes no more writes until \
                it is restarted
                """,
                retryAfter: nil)
        case .readOnly:
            self = .unavailable(
                """
                the server takes no writes until it is restarted; nothing was changed, and the server's log says what \
                happened
                """,
                retryAfter: nil)
        case .closed: self = .unavailable("the server is stopping; nothing was changed, try again soon", retryAfter: 5)
        case .storage: self = .unreadable
        }
    }
}
