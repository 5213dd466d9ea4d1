/// A bucket's key in the client's file, which is for the server alone that the file names beside it.
struct SavedKey {
    private let text: String
    private let source: String
    private let server: ServerURL

    /// Nil where the file has none.
    ///
    /// - Parameter path: the file's.
    init?(of bucket: ClientConfiguration.Bucket, in configuration: ClientConfiguration, path: String?) {
        guard let key = bucket.key else { return nil }
        text = key
        source = "the key of \(bucket.name) in \(path ?? "the client's file")"
        server = configuration.server(of: bucket)
    }

    /// What is shown to `other`; nil where that is another server.
    func credential(for other: ServerURL) -> Setting.Given? {
        other == server ? Setting.Given(text: text, source: source) : nil
    }

    /// Why nothing is shown to `other`; nil where it is the same server.
    func refusal(for other: ServerURL) -> String? {
        other == server ? nil : "\(source) is for \(server)"
    }
}
