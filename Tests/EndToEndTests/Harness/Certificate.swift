/// A certificate for 127.0.0.1 that is its own authority, and its key.
struct Certificate {
    let path: String
    let keyPath: String

    /// - Parameters:
    ///   - subject: whom it is for, as OpenSSL writes a subjectAltName.
    ///   - days: how long it is valid; -1 for one that ended yesterday.
    init(_ folder: TemporaryFolder, _ name: String, for subject: String = "IP:127.0.0.1", days: Int = 2) throws {
        path = folder.file(name + ".pem")
        keyPath = folder.file(name + ".key")
        // `req -x509` refuses to sign for a time that is over.
        let command = """
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=\(name) -keyout \(keyPath) \
            -out \(path).csr && echo subjectAltName=\(subject) > \(path).ext && \
            openssl x509 -req -in \(path).csr -signkey \(keyPath) -days \(days) -extfile \(path).ext -out \(path)
            """
        let result = try ProgramResult.run(["sh", "-c", command])
        guard result.status == .code(0) else { throw HarnessError("openssl: \(result.errorOutput)") }
    }

    var flags: [String] { ["--tls-cert", path, "--tls-key", keyPath] }
}
