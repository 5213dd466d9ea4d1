extension Writer.Command {
    /// A command that changes nothing where `body` throws.
    ///
    /// - Parameter completion: called exactly once, also where the command is not taken.
    init<Value: Sendable>(
        size: Int, freesSpace: Bool,
        _ body: @escaping @Sendable (WriteTransaction) throws(StoreError) -> Value,
        completion: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        self.init(
            size: size, freesSpace: freesSpace,
            run: { transaction in
                let result: Result<Value, StoreError>
                do throws(StoreError) {
                    result = .success(try body(transaction))
                    transaction.keepChanges()
                } catch {
                    transaction.discardChanges()
                    result = .failure(error)
                }
                return { failure in completion(failure.map { .failure($0) } ?? result) }
            },
            refuse: { completion(.failure($0)) })
    }
}
