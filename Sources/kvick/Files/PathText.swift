/// Paths as people write them into files.
enum PathText {
    /// What is relative is beside the file that it is written in.
    static func path(_ path: String, besideFile file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}
