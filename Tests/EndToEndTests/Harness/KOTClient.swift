import Foundation
import Testing

/// Sends requests to KOT's API, on one connection that stays open.
struct KOTClient {
    static let password = "pass"
    static let flags = ["--kot-password", password]
    static let authorization = ("Authorization", "Basic " + Data(":\(password)".utf8).base64EncodedString())

    let connection: Connection

    init(_ server: ServerProcess) throws {
        connection = try Connection(port: server.port)
    }

    @discardableResult
    func send(
        _ method: String, _ target: String, _ body: [UInt8] = [], _ headers: [(String, String)] = []
    ) throws -> HTTPResponse {
        try connection.write(Self.request(method, target, body, headers))
        return try connection.readResponse()
    }

    static func request(
        _ method: String, _ target: String, _ body: [UInt8] = [], _ headers: [(String, String)] = []
    ) -> [UInt8] {
        Client.request(method, target, [authorization] + headers, body: body)
    }

    /// - Parameter json: the parameters, as an object.
    @discardableResult
    func post(_ target: String, _ json: String = "{}", _ headers: [(String, String)] = []) throws -> HTTPResponse {
        try send("POST", target, Array(json.utf8), headers)
    }

    /// - Parameter value: a JSON text.
    @discardableResult
    func set(_ database: String, _ key: String, _ value: String, encryptionKey: String? = nil) throws -> HTTPResponse {
        try post("/controller/set", Self.object(database, #""key":"\#(key)","value":\#(value)"#, encryptionKey))
    }

    func get(_ database: String, _ key: String, encryptionKey: String? = nil) throws -> HTTPResponse {
        try post("/controller/get", Self.object(database, #""key":"\#(key)""#, encryptionKey))
    }

    /// What a route says of a database as a whole.
    func text(_ target: String, of database: String) throws -> String {
        try post(target, #"{"database_name":"\#(database)"}"#).text
    }

    func databases() throws -> [String] {
        let object = try send("GET", "/database/list").json() as? [String: String]
        return object?.keys.sorted() ?? []
    }

    private static func object(_ database: String, _ members: String, _ encryptionKey: String?) -> String {
        let sealing = encryptionKey.map { #","encryption_key":"\#($0)""# } ?? ""
        return #"{"database_name":"\#(database)",\#(members)\#(sealing)}"#
    }
}
