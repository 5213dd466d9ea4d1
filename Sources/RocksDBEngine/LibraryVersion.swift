import Glibc

/// The name and version of the RocksDB that runs: "RocksDB 7.8.3".
///
/// Its C interface doesn't tell the version, but the name of the file that was loaded does.
let libraryVersion: String = {
    let name = "RocksDB"
    guard let maps = fopen("/proc/self/maps", "r") else { return name }
    defer { fclose(maps) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, maps) > 0 {
        guard let start = line else { return name }
        let text = String(cString: start)
        if let prefix = text.firstRange(of: "/librocksdb.so.") {
            return "\(name) \(text[prefix.upperBound...].prefix { !$0.isWhitespace })"
        }
    }
    return name
}()
