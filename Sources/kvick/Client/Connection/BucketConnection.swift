import AsyncHTTPClient
import HTTPAPI
import KVdbAPI
import NIOCore
import NIOHTTP1
import Synchronization

/// Requests about one bucket of a running server, with the credential that was given, or that is typed where the server
/// wants one.
struct BucketConnection: Sendable {
    let connection: RemoteConnection
    /// As it was named: an id, or a name in the client's file.
    let bucket: String
    let id: String
    private let savedNames: [String]
    private let credential: Setting.Given?
    private let withheld: String?
    private let typed = TypedCredential()

    /// - Parameters:
    ///   - savedNames: those in the client's file, one of which may have been meant.
    ///   - withheld: why a key that the file has is not the credential.
    init(
        _ connection: RemoteConnection, bucket: String, id: String, savedNames: [String] = [],
        credential: Setting.Given?, withheld: String? = nil
    ) {
        self.connection = connection
        self.bucket = bucket
        self.id = id
        self.savedNames = savedNames
        self.credential = credential
        self.withheld = withheld
    }

    /// Where the credential in use was given; nil where none was, or it was typed.
    var credentialSource: String? { credential?.source }

    /// What was given, or typed.
    var shownCredential: String? { credential?.text ?? typed.text }

    /// A request for what is at `path` of the server, which is not sent yet.
    func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = connection.request(path)
        request.method = method
        return request
    }

    /// A request about the bucket itself.
    func request(_ method: HTTPMethod, _ query: QueryString = QueryString()) -> HTTPClientRequest {
        request(method, BucketPath.bucket(id) + query.text)
    }

    func request(_ method: HTTPMethod, key: String, _ query: QueryString = QueryString()) -> HTTPClientRequest {
        request(method, BucketPath.key(key, of: id) + query.text)
    }

    /// Sends `request` with the credential, for which a terminal asks where none was given and the server wants one.
    ///
    /// - Returns: an answer of any status but 401, whose body is still to come.
    func send(_ request: HTTPClientRequest, _ wanted: WantedCredential = .any) async throws -> HTTPClientResponse {
        let shown = shownCredential
        let response = try await send(request, showing: shown)
        guard response.status == .unauthorized else { return response }
        let words = await connection.words(of: response)
        guard shown == nil else {
            throw CommandFailure(Self.replacingAdvice(of: words, "check \(credential?.source ?? "it")"), .refused)
        }
        guard let key = try SecretPrompt.ask("\(wanted.title) of \(bucket): ") else {
            let advice = withheld.map { "\($0), so give one" } ?? "give it"
            throw CommandFailure(Self.replacingAdvice(of: words, advice + " as KVICK_KEY or with --key"), .refused)
        }
        let answer = try await send(request, showing: key)
        guard answer.status != .unauthorized else {
            throw CommandFailure(
                Self.replacingAdvice(of: await connection.words(of: answer), "type it again"), .refused)
        }
        typed.text = key
        return answer
    }

    /// As `send`, for an answer of success.
    ///
    /// - Parameter key: the key that the request is about, if any.
    func succeed(
        _ request: HTTPClientRequest, _ wanted: WantedCredential = .any, key: String? = nil
    ) async throws -> HTTPClientResponse {
        let response = try await send(request, wanted)
        guard response.isSuccess else { throw await failure(response, key: key) }
        return response
    }

    /// As `succeed`, with the whole body.
    func answer(
        _ request: HTTPClientRequest, _ wanted: WantedCredential = .any, key: String? = nil
    ) async throws -> [UInt8] {
        try await connection.bytes(of: succeed(request, wanted, key: key))
    }

    /// What an answer says that is none of success.
    func failure(_ response: HTTPClientResponse, key: String? = nil) async -> CommandFailure {
        let failure = await connection.failure(response)
        let (words, kind) = (failure.description, failure.kind)
        if let key, kind == .conditionFailed {
            let found = response.entityVersion.map { "\(key) is at version \($0)" } ?? "there is no key \(key)"
            return CommandFailure("\(found), so nothing was changed", kind)
        }
        if let key, words == APIError.keyNotFound.message || words == APIError.nothingToDelete.message {
            return CommandFailure("there is no key \(key) in \(bucket)", kind)
        }
        guard words == APIError.bucketNotFound.message else { return failure }
        let hint = savedNames.contains(bucket) ? "" : NearestName.hint(for: bucket, in: savedNames)
        return CommandFailure("there is no bucket \(bucket) on \(connection.server)\(hint)", kind)
    }

    private func send(_ request: HTTPClientRequest, showing credential: String?) async throws -> HTTPClientResponse {
        var request = request
        if let credential { request.setCredential(credential) }
        return try await connection.send(request)
    }

    /// The server advises people with curl.
    private static func replacingAdvice(of words: String, _ advice: String) -> String {
        "\(words.prefix { $0 != ";" }); \(advice)"
    }
}

/// Which credential a request needs, for the question on a terminal.
enum WantedCredential {
    case any, secretKey

    fileprivate var title: String { self == .secretKey ? "Secret key" : "Key" }
}

/// What was typed, for the requests that follow.
private final class TypedCredential: Sendable {
    private let state = Mutex<String?>(nil)

    var text: String? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

extension HTTPClientResponse {
    var isSuccess: Bool { (200..<300).contains(status.code) }
}
