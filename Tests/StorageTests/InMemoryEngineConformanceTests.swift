import Storage
import StorageTesting
import Testing

@Suite struct InMemoryEngineConformanceTests {
    @Test(arguments: EngineConformance<InMemoryEngine>.cases)
    func conforms(to conformance: ConformanceCase<InMemoryEngine>) throws {
        try conformance.run { filter in InMemoryEngine(filter: filter) }
    }
}
