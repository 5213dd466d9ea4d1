import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

@Suite struct AcceptBackoffTests {
    @Test func `Connections are accepted again some time after there was no room for one`() throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(AcceptBackoff(logger: logger))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        func isAccepting() -> Bool? {
            channel.options.first { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
        }

        channel.pipeline.fireErrorCaught(IOError(errnoCode: 24, reason: "accept"))
        channel.pipeline.fireErrorCaught(IOError(errnoCode: 24, reason: "accept"))
        #expect(isAccepting() == false)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(99))
        #expect(isAccepting() == false)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(isAccepting() == true)
    }
}
