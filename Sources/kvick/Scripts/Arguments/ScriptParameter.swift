import ArgumentParser
import HTTPAPI

/// `name=value`, of which a script sees a field of `kvdb.var`.
struct ScriptParameter: ExpressibleByArgument, Equatable {
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
