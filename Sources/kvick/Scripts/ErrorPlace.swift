/// Where in a script an error is, as a server words it: `NAME:LINE: reason`.
enum ErrorPlace {
    /// `words` with the file in the place of the script's name; as they are where they are of something else.
    static func inFile(_ file: String, _ words: String, script: String) -> String {
        guard words.hasPrefix(script + ":") else { return words }
        let place = words.dropFirst(script.count)
        let line = place.dropFirst().prefix { $0.isASCII && $0.isNumber }
        return !line.isEmpty && place.dropFirst(1 + line.count).hasPrefix(": ") ? file + place : words
    }
}
