extension Duration {
    /// In whole seconds or else in milliseconds, as settings have it: `30s`, `100ms`.
    var settingText: String {
        let (seconds, attoseconds) = components
        return attoseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}
