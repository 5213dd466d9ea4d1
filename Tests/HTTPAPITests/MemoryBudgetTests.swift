import Testing

@testable import HTTPAPI

@Suite("A budget of memory")
struct MemoryBudgetTests {
    @Test("Bytes are counted up to the maximum, and those past it are refused and not counted")
    func maximum() {
        let budget = MemoryBudget(maximum: 10)
        #expect(budget.take(10))
        #expect(!budget.take(1))
        #expect(budget.count == 10)
        budget.release(4)
        #expect(!budget.take(5))
        #expect(budget.take(4))
        #expect(budget.count == 10)
    }
}
