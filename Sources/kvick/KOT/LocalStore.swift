import KOTAPI

/// Calls `body` with the databases of the store in `folder`, and closes it behind it.
func withLocalService<Result>(
    folder: String, creating: Bool, _ body: (any KOTService) async throws -> Result
) async throws -> Result {
    throw CommandFailure("a store can't be opened in place yet; start a server and give its address with --url")
}
