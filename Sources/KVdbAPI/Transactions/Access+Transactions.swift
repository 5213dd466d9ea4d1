import HTTPAPI
import KeyValueStore

extension Access {
    /// - Throws: as `require(_:)`, with the place of the operation that may not be done before the text.
    func require(_ operations: [Transaction.Operation]) throws(APIError) {
        for (index, operation) in operations.enumerated() {
            do throws(APIError) {
                try operation.key.span.bytes.withUnsafeBytes { (key) throws(APIError) in
                    switch operation {
                    case .get: try require(.get(key))
                    case .set, .increment: try require(.set(key))
                    case .delete: try require(.delete(key))
                    case .check: try require(.check(key))
                    }
                }
            } catch {
                throw error.naming(operation: index)
            }
        }
    }
}
