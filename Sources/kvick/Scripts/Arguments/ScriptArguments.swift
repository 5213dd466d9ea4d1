import ArgumentParser

/// The script that a command is about.
struct ScriptArguments: ParsableArguments {
    @OptionGroup var bucket: BucketArgument
    @Argument(help: "The script's name.") var name: Name
}
