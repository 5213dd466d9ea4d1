import HTTPServer

extension Request {
    /// The query string's parameters.
    package var query: Parameters {
        // Most requests have none, and then nothing is allocated.
        let text = withQueryBytes { $0.map { Array($0) } }
        guard let text, !text.isEmpty else { return .none }
        return Parameters(urlEncoded: text)
    }

    /// `withPathBytes` that keeps the type of what `body` throws.
    @inlinable
    package func withPathBytesThrowing<Result>(
        _ body: (UnsafeRawBufferPointer) throws(APIError) -> Result
    ) throws(APIError) -> Result {
        let result = withPathBytes { path in
            do throws(APIError) {
                return Swift.Result<Result, APIError>.success(try body(path))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
