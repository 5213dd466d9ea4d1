import RocksDBEngine
import Storage
import StorageTesting
import Testing

@Suite struct RocksDBEngineConformanceTests {
    @Test(arguments: EngineConformance<RocksDBEngine>.cases)
    func conforms(to conformance: ConformanceCase<RocksDBEngine>) throws {
        let folder = try TemporaryFolder()
        try conformance.run { filter in
            try RocksDBEngine.open(path: folder.path("store"), creating: true, options: .small, filter: filter)
        }
    }
}
