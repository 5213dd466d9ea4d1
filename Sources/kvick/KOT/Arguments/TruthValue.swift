import ArgumentParser

/// A truth value as KOT takes it: `True`, `1` or `yes`; `False`, `0`, `no`, `None` or nothing; in any case.
struct TruthValue: ExpressibleByArgument {
    let isTrue: Bool

    init(_ isTrue: Bool) {
        self.isTrue = isTrue
    }

    init?(argument: String) {
        switch argument.lowercased() {
        case "true", "1", "yes": isTrue = true
        case "false", "0", "no", "none", "": isTrue = false
        default: return nil
        }
    }

    var defaultValueDescription: String { isTrue ? "True" : "False" }
    static let allValueStrings = ["True", "False"]
}
