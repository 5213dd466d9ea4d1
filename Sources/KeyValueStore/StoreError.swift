import Storage

/// Why the store did not do what it was asked for.
public enum StoreError: Error, Hashable, Sendable {
    /// There is no namespace of that name.
    case namespaceNotFound
    /// The namespace of that name was deleted lately.
    case namespaceDeleted
    /// A namespace of that name exists.
    case namespaceExists
    /// The change can't be applied to what is stored, for the reason given; nothing was changed.
    case invalid(String)
    /// What the change was to depend on does not hold, for the reason given; nothing was changed. With the version of the
    /// key, where there is one, and the condition is of one key.
    case conditionFailed(String, at: Revision?)
    /// Another change came between what an optimistic transaction read and its commit; nothing was changed, and the
    /// transaction may be begun anew.
    case conflict
    /// Too many writes wait; this one was not applied and may be tried again.
    case busy
    /// The disk is full down to the reserve; nothing was changed, and writes are taken again when there is room.
    case diskFull
    /// The write's commit failed, so whether it took effect is unknown.
    case outcomeUnknown
    /// A commit failed before, and no write is taken until the store is opened anew; nothing was changed.
    case readOnly
    /// The store is being closed; nothing was changed.
    case closed
    /// The engine could not read.
    case storage(StorageError)
}

extension StoreError {
    /// What `body` gives; its failure becomes one of the store.
    public static func wrapping<Result>(_ body: () throws(StorageError) -> Result) throws(StoreError) -> Result {
        do throws(StorageError) {
            return try body()
        } catch {
            throw .storage(error)
        }
    }
}
