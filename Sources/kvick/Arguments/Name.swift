import ArgumentParser

/// The name of a bucket, a script, a database or a key, which is never empty.
struct Name: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }
}
