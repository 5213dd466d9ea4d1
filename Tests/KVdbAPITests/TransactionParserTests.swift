import HTTPAPI
import StorageTesting
import Testing

@testable import KVdbAPI

@Suite("The text of a transaction")
struct TransactionParserTests {
    @Test("Changed at random, a transaction is taken or refused as the client's mistake, and never crashes the parser")
    func mutations() throws {
        var generator = SeededGenerator(seed: 2)
        let start = Array(
            #"{"txn":[{"set":"a\u00e9\n","value":[1.5e3,-0,true,null,"é𝄞"],"ttl":60},{"get":{"base64":"AA=="}}]}"#.utf8)
        let alphabet = Array(#"{}[]",:\u0123456789aeE+-. ntf"#.utf8) + [0, 0x1F, 0x80, 0xC3, 0xFF]
        let parser = TransactionParser(options: KVdbOptions())
        #expect(try parser.parse(start).operations.count == 2)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = start
            generator.mutate(&bytes, with: alphabet)
            do throws(APIError) {
                _ = try parser.parse(bytes)
                accepted += 1
            } catch {
                #expect(error.status == .badRequest, "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(accepted > 100)
    }
}
