import ArgumentParser

/// The program's root command.
struct Kvick: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kvick",
        abstract: "A key-value database that anyone can talk to with curl.",
        discussion: """
            Start a server, make a bucket, set a key and get it back:

              kvick serve
              curl -d 'email=you@example.com' http://127.0.0.1:8080     (prints the bucket's id)
              curl -d 'world' http://127.0.0.1:8080/BUCKET/hello
              curl http://127.0.0.1:8080/BUCKET/hello
            """,
        version: Version.text,
        subcommands: [
            Serve.self, PrintSettings.self, ExportBucket.self, ImportBucket.self, ScriptCommandLine.self,
            KOTCommandLine.self,
        ]
    )
}
