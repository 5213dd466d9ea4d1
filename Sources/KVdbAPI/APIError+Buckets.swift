import HTTPAPI

extension APIError {
    package static let bucketNotFound = notFound("there is no bucket of this id; POST / makes one")
    static let bucketDeleted = APIError(status: .gone, message: "this bucket was deleted; POST / makes a new one")
    package static let keyNotFound = notFound("there is no such key in this bucket; PUT sets it")
    package static let scriptNotFound = notFound("there is no such script in this bucket; PUT makes it")
    package static let nothingToDelete = notFound("there is no such key in this bucket, so there is nothing to delete")
    package static let signingKeyMissing = forbidden(
        "this bucket has no signing_key, so no token can be made; PATCH the bucket with one")

    static func unauthorized(_ message: String) -> APIError {
        APIError(
            status: .unauthorized, message: message,
            fields: [("WWW-Authenticate", #"Basic realm="bucket", charset="UTF-8""#)])
    }
}

extension APIError.NamespaceErrors {
    static let bucket = Self(
        notFound: .bucketNotFound, deleted: .bucketDeleted,
        exists: APIError(status: .internalServerError, message: "the bucket's id is taken; try again"))
}
