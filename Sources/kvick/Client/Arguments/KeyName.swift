import ArgumentParser
import KVdbAPI

/// The name of a key, which is never empty.
struct KeyName: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }

    /// Refuses what is a path of the bucket, so that no script is changed in the place of a key.
    ///
    /// - Throws: a `ValidationError`.
    func check() throws {
        guard !Array(text.utf8).withUnsafeBytes(ReservedPaths.contain) else {
            throw ValidationError(ReservedPaths.refusal)
        }
    }
}
