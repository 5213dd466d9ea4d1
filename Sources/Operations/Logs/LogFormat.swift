/// How log messages are written.
public enum LogFormat: String, Sendable {
    /// For people.
    case text
    /// For programs that gather logs.
    case json
}
