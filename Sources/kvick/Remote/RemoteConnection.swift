import AsyncHTTPClient
import NIOCore
import NIOSSL

/// Requests to a running server.
struct RemoteConnection: Sendable {
    /// The largest answer that is taken as a whole.
    static let answerSizeMax = ByteSize(bytes: 256 << 20)
    private static let errorSizeMax = 64 << 10
    /// The system's, of all authorities that browsers trust, have a quarter of a megabyte.
    private static let certificatesSizeMax = ByteSize(bytes: 16 << 20)

    let server: ServerURL
    /// The file of certificates that are trusted; nil for the system's.
    let certificates: String?
    private let client: HTTPClient

    /// Calls `body` with a connection to `server`, and closes it behind it.
    ///
    /// - Parameters:
    ///   - certificates: a file of those that are trusted, in PEM; nil for the system's.
    ///   - silenceMax: how long the server may send nothing.
    static func with<Result>(
        _ server: ServerURL, certificates: String? = nil, silenceMax: TimeAmount = .minutes(5),
        _ body: (RemoteConnection) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: min(.seconds(10), silenceMax), read: silenceMax))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if let certificates { configuration.tlsConfiguration = try trusting(certificates) }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(RemoteConnection(server: server, certificates: certificates, client: client))
            try? await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private static func trusting(_ file: String) throws -> TLSConfiguration {
        let bytes = try WholeFile.read(file, sizeMax: certificatesSizeMax)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw CommandFailure("\(file) has no certificates in PEM that can be read; give another file")
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(certificates)
        return configuration
    }

    /// A GET of what is at `path` of the server, which is not sent yet.
    ///
    /// - Parameter path: with a slash before it, percent-encoded.
    func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: server.description + path)
        request.headers.add(name: "User-Agent", value: Version.product)
        return request
    }

    /// - Returns: an answer of any status, whose body is still to come.
    /// - Throws: a `CommandFailure` where there is none.
    func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            guard let failure = TLSFailure(error) else { throw ConnectionFailure.failure(error, server: server) }
            throw await explained(failure)
        }
    }

    private func explained(_ failure: TLSFailure) async -> CommandFailure {
        let shown = failure == .notTrusted ? try? await ShownCertificates.of(server) : nil
        let explained = failure.explained(by: shown?.first)
        return CommandFailure(explained.text(server: server, authorities: certificates), explained.kind)
    }

    /// The body of `response`.
    ///
    /// - Throws: a `CommandFailure` where it does not come whole.
    func bytes(of response: HTTPClientResponse) async throws -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: Self.answerSizeMax.bytes).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw CommandFailure("the answer of \(server) is larger than \(Self.answerSizeMax); ask for less at once")
        } catch {
            throw ConnectionFailure.failure(error, server: server)
        }
    }

    /// What an answer is that is none of success.
    func failure(_ response: HTTPClientResponse) async -> CommandFailure {
        let kind = CommandFailure.Kind(status: Int(response.status.code))
        // A server that is none of Kvick's knows of no key, whether there is one or not.
        return CommandFailure(await words(of: response), kind == .notFound && response.isPage ? .other : kind)
    }

    /// What an answer that is none of success says, on one line.
    func words(of response: HTTPClientResponse) async -> String {
        guard !response.isPage else {
            return "\(server) answered \(response.status), with a page for browsers; is it a Kvick server?"
        }
        let body = try? await response.body.collect(upTo: Self.errorSizeMax)
        let words = AnswerWords.line(body?.readableBytesView ?? ByteBufferView())
        if let words, response.status == .badRequest, !server.isEncrypted, TLSFailure.isAnsweredByTLS(words) {
            return "\(server) speaks TLS; use \(server.withOtherScheme)"
        }
        return words ?? "\(server) answered \(response.status)"
    }
}

extension HTTPClientResponse {
    /// Whether it is for people with a browser, as no failure is that Kvick answers a program with.
    fileprivate var isPage: Bool {
        headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") ?? false
    }
}
