/// A request that runs a script.
struct ScriptCall {
    /// Without its question mark; empty for none.
    let query: String
    let method: ScriptMethod
    let body: (bytes: [UInt8], contentType: String)?

    /// - Parameter path: the script's.
    func target(_ path: String) -> String {
        query.isEmpty ? path : path + "?" + query
    }
}
