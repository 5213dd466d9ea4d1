extension Unicode.Scalar {
    /// Whether it steers what shows a text: a control character (ECMA-48), or one that turns the direction of what
    /// follows (Unicode UAX #9 §2).
    package var steersDisplay: Bool {
        switch self {
        case "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        default: properties.generalCategory == .control
        }
    }
}
