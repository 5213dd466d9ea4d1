import ArgumentParser

/// `kvick completions SHELL`
struct PrintCompletions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a script by which a shell completes commands, options and buckets.",
        discussion: """
            'make install' puts the scripts where the shells look for them. Without it:

              bash:  source <(kvick completions bash)                 (in ~/.bashrc)
              zsh:   source <(kvick completions zsh)                  (in ~/.zshrc, behind compinit)
              fish:  kvick completions fish > ~/.config/fish/completions/kvick.fish
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish

        fileprivate var parsersName: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() throws {
        let output = StandardOutput()
        try output.write(Kvick.completionScript(for: shell.parsersName))
        try output.startLine()
        try output.flush()
    }
}
