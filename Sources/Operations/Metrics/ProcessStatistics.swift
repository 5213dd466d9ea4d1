#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system tells of this process; nil where it does not.
struct ProcessStatistics {
    /// In bytes.
    var residentMemory: Int?
    var virtualMemory: Int?
    /// Of all threads, in the program and in the kernel, in seconds.
    var cpuTime: Double?
    var threads: Int?
    var openFiles: Int?
    var openFilesMax: Int?
    /// In seconds since 1970.
    var startTime: Double?

    /// Reads them anew. May block for a moment.
    init() {
        var usage = rusage()
        if getrusage(Self.ofProcess, &usage) == 0 {
            cpuTime = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        }
        var limit = rlimit()
        if getrlimit(Self.openFilesResource, &limit) == 0 { openFilesMax = Int(clamping: limit.rlim_cur) }
        #if os(Linux)
            readProc()
        #endif
    }

    #if canImport(Glibc)
        private static let ofProcess = __rusage_who_t(RUSAGE_SELF.rawValue)
        private static let openFilesResource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let ofProcess = RUSAGE_SELF
        private static let openFilesResource = RLIMIT_NOFILE
    #endif

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    #if os(Linux)
        /// proc(5): the fields of `stat` behind the name, which may have spaces and parentheses of its own, from the third on.
        private mutating func readProc() {
            let text = Self.text(of: "/proc/self/stat") ?? ""
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").dropFirst()
            let field = { (number: Int) in
                fields.dropFirst(number - 3).first.flatMap { Int($0) }
            }
            threads = field(20)
            virtualMemory = field(23)
            residentMemory = field(24).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
            startTime = field(22).map { Self.bootTime + Double($0) / Double(sysconf(Int32(_SC_CLK_TCK))) }
            if let folder = opendir("/proc/self/fd") {
                var count = 0
                while readdir(folder) != nil { count += 1 }
                closedir(folder)
                // Without `.` and `..`, and the folder itself.
                openFiles = count - 3
            }
        }

        /// In seconds since 1970, by the clocks and not by /proc/stat, which a service may not see. Taken once, so that a start
        /// stays where it was when the clock is set.
        private static let bootTime: Double = {
            var (now, sinceBoot) = (timespec(), timespec())
            clock_gettime(CLOCK_REALTIME, &now)
            clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
            return Double(now.tv_sec - sinceBoot.tv_sec) + Double(now.tv_nsec - sinceBoot.tv_nsec) / 1e9
        }()

        private static func text(of path: String) -> String? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { piece in
                while case let count = read(descriptor, piece.baseAddress, piece.count), count > 0 {
                    bytes.append(contentsOf: piece[..<count])
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    #endif
}

extension MetricFamily {
    /// By the names that all programs have for them (Prometheus documentation, "Writing client libraries", "Process metrics").
    static func process(_ process: ProcessStatistics) -> [MetricFamily] {
        [
            MetricFamily(
                .counter, "process_cpu_seconds_total", "CPU time that the process has taken.", process.cpuTime),
            MetricFamily(
                .gauge, "process_resident_memory_bytes", "Memory that the process has in use.",
                process.residentMemory.map(Double.init)),
            MetricFamily(
                .gauge, "process_virtual_memory_bytes", "Address space that the process has.",
                process.virtualMemory.map(Double.init)),
            MetricFamily(.gauge, "process_threads", "Threads of the process.", process.threads.map(Double.init)),
            MetricFamily(
                .gauge, "process_open_fds", "File descriptors that are open.", process.openFiles.map(Double.init)),
            MetricFamily(
                .gauge, "process_max_fds", "File descriptors that may be open.", process.openFilesMax.map(Double.init)),
            MetricFamily(
                .gauge, "process_start_time_seconds", "When the process started, since 1970.", process.startTime),
        ].compactMap { $0 }
    }
}
