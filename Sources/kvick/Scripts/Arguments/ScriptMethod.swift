import ArgumentParser

/// The methods by which a script is run, in any case.
enum ScriptMethod: String, CaseIterable, ExpressibleByArgument {
    case get = "GET"
    case post = "POST"

    init?(argument: String) {
        self.init(rawValue: argument.uppercased())
    }
}
