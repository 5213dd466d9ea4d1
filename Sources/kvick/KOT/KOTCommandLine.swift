import ArgumentParser

/// KOT's command line: `KOT`, `kot` and `kvick kot`.
struct KOTCommandLine: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        let invocation = Invocation.current
        let isRoot = invocation.root == KOTCommandLine.self
        return CommandConfiguration(
            commandName: isRoot ? invocation.name : "kot",
            abstract: "KOT's databases: in a folder, or on a running server with --url.",
            discussion: """
                  \(invocation.kotName) --name books set dune 'Frank Herbert'
                  \(invocation.kotName) --name books get dune
                  \(invocation.kotName) --name books get dune --url http://localhost:5000 --password secret

                Options may stand before a command and behind it. A VALUE that is JSON, True, False or None keeps its \
                type; all else is a string.
                """,
            version: Version.text,
            groupedSubcommands: [
                CommandGroup(
                    name: "Keys",
                    subcommands: [
                        SetKey.self, GetKey.self, GetAll.self, DeleteKey.self, DeleteAll.self, GetCount.self,
                        KeySize.self, DatabaseSize.self,
                    ]),
                CommandGroup(
                    name: "Many keys",
                    subcommands: [BulkSet.self, BulkGet.self, BulkDelete.self, TransactionalOperations.self]),
                CommandGroup(
                    name: "Databases",
                    subcommands: [
                        DatabaseList.self, DatabasePop.self, DatabasePopAll.self, DatabaseRename.self,
                        DatabaseDelete.self, DatabaseDeleteAll.self, BackUpDatabase.self, RestoreDatabase.self,
                        ImportDatabases.self, Execute.self,
                    ]),
                CommandGroup(name: "Server", subcommands: [ServeDatabases.self, ServeWeb.self]),
                CommandGroup(
                    name: "Log",
                    subcommands: [
                        LogMessage<DebugLevel>.self, LogMessage<InfoLevel>.self, LogMessage<WarningLevel>.self,
                        LogMessage<ErrorLevel>.self, LogMessage<ExceptionLevel>.self,
                    ]),
                CommandGroup(
                    name: "Benchmarks",
                    subcommands: [Benchmark.self, BenchmarkSet.self, BenchmarkGet.self, BenchmarkDelete.self]),
            ]
        )
    }
}
