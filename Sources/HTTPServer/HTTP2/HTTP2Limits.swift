import NIOHTTP2

extension NIOHTTP2Handler.ConnectionConfiguration {
    /// Those of a server. What goes past one of them ends the connection, or the stream for header fields that are malformed.
    static func server(_ configuration: ServerConfiguration) -> Self {
        var limits = Self()
        limits.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: configuration.maxConcurrentStreams),
            // What is larger than a head may be is answered, up to this. It counts 32 bytes more of each field (RFC 9113 §6.5.2).
            HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * configuration.maxHeaderSize),
            HTTP2Setting(
                parameter: .initialWindowSize, value: NIOHTTP2Handler.StreamConfiguration.server.targetWindowSize),
        ]
        limits.targetWindowSize = 1 << 20
        // 64 KiB in frames of 16 KiB need three (CVE-2024-27316).
        limits.maximumSequentialContinuationFrames = 5
        // Answers to PING and SETTINGS, and resets, that a client has not taken (CVE-2019-9512, CVE-2019-9515).
        limits.maximumBufferedControlFrames = 1000
        // As many streams may send what was on its way when they were refused.
        limits.maximumRecentlyResetStreams = 2 * configuration.maxConcurrentStreams
        // PING, SETTINGS and PRIORITY; 200 in 30 s (CVE-2019-9512, CVE-2019-9515).
        limits.controlFrameRateLimit = .init()
        return limits
    }
}

extension NIOHTTP2Handler.StreamConfiguration {
    static var server: Self {
        var limits = Self()
        // The bytes of a body that a client may send ahead. They are counted as soon as they are read.
        limits.targetWindowSize = 256 * 1024
        limits.outboundBufferSizeHighWatermark = 16 * 1024
        limits.outboundBufferSizeLowWatermark = 8 * 1024
        // Streams that a client resets (CVE-2023-44487), or makes this server reset (CVE-2025-8671); 200 in 30 s.
        limits.streamResetFrameRateLimit = .init()
        limits.streamErrorRateLimit = .init()
        return limits
    }
}
