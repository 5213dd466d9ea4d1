import ArgumentParser

/// The program's root command.
struct Kvick: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kvick",
        abstract: "A key-value database that anyone can talk to with curl.",
        discussion: """
            Start a server, make a bucket, set a key and get it back:

              kvick serve
              curl -d 'email=you@example.com' http://127.0.0.1:8080   # BUCKET
              curl -d 'world' http://127.0.0.1:8080/BUCKET/hello
              curl http://127.0.0.1:8080/BUCKET/hello

            The same without curl:

              kvick bucket create --save visits
              kvick set visits hello world
              kvick get visits hello

            Exit codes: 0 done, 2 not found, 3 a condition does not hold, 4 refused, 5 the server can't be reached or has \
            too much to do, 64 typed wrong, 1 all else.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(name: "Server", subcommands: [Serve.self, PrintSettings.self, AskHealth.self]),
            CommandGroup(name: "Store", subcommands: [BackUpStore.self, RestoreStore.self, CheckStore.self]),
            CommandGroup(
                name: "Key",
                subcommands: [
                    GetValue.self, SetValue.self, IncrementValue.self, DeleteKeys.self, ListKeys.self, WatchKeys.self,
                    SendTransaction.self,
                ]),
            CommandGroup(
                name: "Bucket",
                subcommands: [
                    BucketCommandLine.self, MakeToken.self, ScriptCommandLine.self, ExportBucket.self,
                    ImportBucket.self,
                ]),
            CommandGroup(name: "Other", subcommands: [KOTCommandLine.self, PrintCompletions.self]),
        ]
    )
}
