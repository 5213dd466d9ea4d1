import Testing

@testable import kvick

/// The line that tells how far a command is.
struct ProgressBarTests {
    @Test(arguments: [(80, 40), (55, 40), (54, 39), (30, 15), (15, 0), (3, 0)])
    func itFitsTheTerminal(_ columns: Int, _ width: Int) {
        #expect(ProgressBar.width(columns: columns, label: "export") == width)
    }
}
