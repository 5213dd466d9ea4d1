import HTTPServer
import KeyValueStore
import Storage

/// A request that this API does not answer with success: a status of the KVdb reference, and a line that says what to do.
struct APIError: Error, Sendable {
    var status: Status
    var message: String
    /// Further header fields, as `Allow`.
    var fields: [(String, String)] = []

    static func badRequest(_ message: String) -> APIError {
        APIError(status: .badRequest, message: message)
    }

    static func forbidden(_ message: String) -> APIError {
        APIError(status: .forbidden, message: message)
    }

    static func notFound(_ message: String) -> APIError {
        APIError(status: .notFound, message: message)
    }

    static func unauthorized(_ message: String) -> APIError {
        APIError(
            status: .unauthorized, message: message,
            fields: [("WWW-Authenticate", #"Basic realm="bucket", charset="UTF-8""#)])
    }

    /// - Parameter revision: of the key as it is, nil where there is none or it is not one key's condition.
    static func preconditionFailed(_ message: String, at revision: Revision?) -> APIError {
        APIError(
            status: .preconditionFailed, message: message, fields: revision.map { [("ETag", "\"\($0)\"")] } ?? [])
    }

    static func methodNotAllowed(_ allowed: String) -> APIError {
        APIError(
            status: .methodNotAllowed, message: "this method is not for this path; use one of \(allowed)",
            fields: [("Allow", allowed)])
    }

    static func unavailable(_ message: String, retryAfter seconds: Int?) -> APIError {
        APIError(
            status: .serviceUnavailable, message: message, fields: seconds.map { [("Retry-After", String($0))] } ?? [])
    }

    static let bucketNotFound = notFound("there is no bucket of this id; POST / makes one")
    static let bucketDeleted = APIError(status: .gone, message: "this bucket was deleted; POST / makes a new one")
    static let keyNotFound = notFound("there is no such key in this bucket; PUT sets it")
    static let nothingToDelete = notFound("there is no such key in this bucket, so there is nothing to delete")
    static let unreadable = APIError(
        status: .internalServerError, message: "the store could not be read; the server's log says why")

    init(status: Status, message: String, fields: [(String, String)] = []) {
        self.status = status
        self.message = message
        self.fields = fields
    }

    init(_ error: StoreError) {
        switch error {
        case .namespaceNotFound: self = .bucketNotFound
        case .namespaceDeleted: self = .bucketDeleted
        case .namespaceExists:
            self = APIError(status: .internalServerError, message: "the bucket's id is taken; try again")
        case .invalid(let message): self = .badRequest(message)
        case .conditionFailed(let message, let revision): self = .preconditionFailed(message, at: revision)
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
