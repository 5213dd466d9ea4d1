import ArgumentParser

/// `kvick script`
struct ScriptCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script",
        abstract: "Lua scripts of a bucket on a running server.",
        discussion: """
              kvick script put BUCKET hello.lua
              kvick script run BUCKET hello name=Ann

            All but 'run' need the bucket's secret key: give it as KVICK_KEY, or type it where a terminal asks for it.
            """,
        subcommands: [PutScript.self, GetScript.self, ListScripts.self, RunScript.self, DeleteScript.self]
    )
}
