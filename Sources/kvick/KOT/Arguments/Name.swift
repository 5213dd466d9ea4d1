import ArgumentParser

/// The name of a database or of a key, which is never empty.
struct Name: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }
}
