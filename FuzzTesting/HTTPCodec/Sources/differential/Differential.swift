// The input is what comes on a connection: what the codec takes, NIOHTTP1 must take for the same.

import Harness

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let comparison = StreamComparison(CutBytes(start, count).bytes)
    require(comparison.fault == nil, comparison.fault ?? "")
    return 0
}
