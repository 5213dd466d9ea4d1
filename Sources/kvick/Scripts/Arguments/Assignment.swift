import ArgumentParser
import HTTPAPI

/// `name=value`: a field of `kvdb.var`, or a key.
struct Assignment: ExpressibleByArgument, Equatable {
    let name: String
    let value: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
        name = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }

    /// As a part of a query string.
    var encoded: String {
        PercentEncoding.encode(Array(name.utf8)) + "=" + PercentEncoding.encode(Array(value.utf8))
    }
}
