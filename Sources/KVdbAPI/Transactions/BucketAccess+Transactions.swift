import KeyValueStore

extension BucketAccess {
    /// Whether each operation may be done.
    ///
    /// - Throws: as `require`, with the operation's place before the text.
    func require(_ operations: [Transaction.Operation], _ credential: Credential) throws(APIError) {
        // A wrong credential is refused even where nothing is asked for.
        if operations.isEmpty, credential != .none {
            do throws(APIError) {
                try require(.read, credential)
            } catch {
                guard error.status != .unauthorized else { throw error }
            }
        }
        var granted: Set<Permission> = []
        for (index, operation) in operations.enumerated() {
            do throws(APIError) {
                switch operation {
                case .get: try require(.read, credential, &granted)
                case .set, .increment, .delete: try require(.write, credential, &granted)
                case .check:
                    // It tells less than any of the others do.
                    do throws(APIError) {
                        try require(.read, credential, &granted)
                    } catch {
                        try require(.write, credential, &granted)
                    }
                }
            } catch {
                throw error.naming(operation: index)
            }
        }
    }

    private func require(
        _ permission: Permission, _ credential: Credential, _ granted: inout Set<Permission>
    ) throws(APIError) {
        guard !granted.contains(permission) else { return }
        try require(permission, credential)
        granted.insert(permission)
    }
}
