import ArgumentParser

/// `kvick script`
struct ScriptCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script",
        abstract: "Lua scripts of a bucket on a running server, and tests of them without one.",
        discussion: """
              kvick script test hello.lua name=Ann
              kvick script put BUCKET hello.lua
              kvick script run BUCKET hello name=Ann

            'test' needs no server. All others but 'run' need the bucket's secret key: give it as KVICK_KEY or in the client's file, \
            or type it where a terminal asks for it.
            """,
        subcommands: [
            TestScript.self, PutScript.self, GetScript.self, ListScripts.self, RunScript.self, DeleteScript.self,
        ]
    )
}
