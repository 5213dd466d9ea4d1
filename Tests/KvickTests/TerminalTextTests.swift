import Testing

@testable import kvick

@Suite struct TerminalTextTests {
    @Test(
        arguments: [
            ("plain text, ünïcode 🎉\nand\ttabs", "plain text, ünïcode 🎉\nand\ttabs"),
            ("\u{1B}[2J\u{1B}]52;c;aGk=\u{07}", "?[2J?]52;c;aGk=?"), ("a\rb\u{7F}\u{0}", "a?b??"),
            ("\u{9B}2J", "?2J"), ("\u{202E}txt.exe", "?txt.exe"),
            ("\u{2066}a\u{2069}b\u{200E}c\u{200F}d\u{61C}e", "?a?b?c?d?e"),
            ("\u{FEFF}a\u{200D}b", "\u{FEFF}a\u{200D}b"),
        ])
    func whatSteersATerminalIsNotShown(text: String, shown: String) {
        #expect(TerminalText.filtered(text) == shown)
        #expect(TerminalText.filtered(Array(text.utf8)) == Array(shown.utf8))
    }
}

@Suite struct RefusedRequestTests {
    @Test(
        arguments: [
            (400, "the JSON can't be read at byte 0", true),
            (403, "Value lenght is restricted. You do not have the true value lenght", true),
            (403, "Key lenght is restricted. You do not have the true key lenght", true),
            (403, "Access to this URL is restricted. You do not have the necessary permissions", false),
            (403, "You cant create more keys. You do not have right to create more key", false),
            (429, "too many requests from this address; try again in 9 seconds", false), (404, "nothing", false),
        ])
    func onlyWhatIsOfOneEntrySkipsIt(status: Int, text: String, isRefusal: Bool) {
        #expect(RefusedRequest.isRefusal(status: status, text: text) == isRefusal)
    }
}
