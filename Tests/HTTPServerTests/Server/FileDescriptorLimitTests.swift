import Testing

@testable import HTTPServer

@Suite struct FileDescriptorLimitTests {
    @Test func `The process takes all descriptors that the system lets it have`() throws {
        let (_, hard) = try #require(FileDescriptorLimit.limits)
        let highest = FileDescriptorLimit.highest(of: hard)
        FileDescriptorLimit.set(soft: highest - 1, hard: hard)
        #expect(FileDescriptorLimit.limits?.soft == highest - 1)
        FileDescriptorLimit.raise()
        #expect(FileDescriptorLimit.limits?.soft == highest)
        #expect(FileDescriptorLimit.limits?.hard == hard)
    }

    @Test(
        arguments: [
            (10_000, nil, 10_000), (10_000, 1_000_000, 10_000), (10_000, 1_024, 664), (100, 1_024, 100),
            (10_000, 40, 1),
            (10_000, 0, 1),
        ] as [(Int, Int?, Int)])
    func `Connections leave descriptors for the rest of the process`(wanted: Int, limit: Int?, connections: Int) {
        #expect(FileDescriptorLimit.connections(of: wanted, limit: limit) == connections)
        if let limit, limit > 200 {
            #expect(connections + ConnectionLimit.refusalAllowance(of: connections) < limit)
        }
    }
}
