import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What an operator reads of a connection that failed.
enum ConnectionFailure {
    static func failure(_ error: any Error, server: ServerURL) -> CommandFailure {
        if let error = error as? NIOConnectionError, error.connectionErrors.isEmpty {
            return CommandFailure("can't reach \(server): there is no address of that name; check it", .unavailable)
        }
        if error is HTTPParserError {
            return CommandFailure(
                "\(server) does not answer in HTTP; is it \(server.withOtherScheme), or another port?", .unavailable)
        }
        if isBeforeTheRequest(error) {
            return CommandFailure("can't reach \(server): \(reason(error)); is the server running?", .unavailable)
        }
        return CommandFailure(
            "the connection to \(server) broke: \(reason(error)); what was asked for may or may not be done",
            .unavailable)
    }

    private static func isBeforeTheRequest(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as IOError:
            [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL].contains(error.errnoCode)
        case let error as HTTPClientError:
            [.connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout].contains(error)
        default: false
        }
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) } ?? "its name can't be resolved"
        case let error as IOError: "\(SystemError(code: error.errnoCode))"
        case let error as HTTPClientError: error.shortDescription.lowercased()
        default: String("\(error)".prefix(200))
        }
    }
}
