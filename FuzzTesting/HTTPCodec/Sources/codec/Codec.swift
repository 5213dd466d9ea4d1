// The input is what comes on a connection, and how it is cut: what the codec reads must not depend on that.

import Harness

private let headSizeLimit = 600
private let bodySizeLimit = 300

private func read(_ bytes: some Sequence<UInt8>, cutAt cuts: [Int] = []) -> RequestStream {
    RequestStream(Array(bytes), cutAt: cuts, headSizeLimit: headSizeLimit, bodySizeLimit: bodySizeLimit)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = CutBytes(start, count)
    let whole = read(input.bytes)
    let cut = read(input.bytes, cutAt: input.cuts)
    require(whole == cut, "\(whole), cut \(cut)")

    var end = 0
    for request in whole.requests {
        require(request.end > end && request.end <= input.bytes.count, "\(request) ends behind \(end)")
        require(request.body.count <= bodySizeLimit, "\(request) has a body of \(request.body.count) bytes")
        end = request.end
    }
    guard let first = whole.requests.first else { return 0 }
    // A request is what it is whatever follows it, and leaves nothing behind for the next one.
    let alone = read(input.bytes.prefix(first.end))
    require(alone.requests == [first], "\(first), alone \(alone)")
    var rest = read(input.bytes.dropFirst(first.end))
    if alone.end == .closed {
        require(whole == alone, "\(whole), goes on behind \(first)")
    } else {
        for index in rest.requests.indices { rest.requests[index].end += first.end }
        require(rest.requests[...] == whole.requests.dropFirst() && rest.end == whole.end, "\(whole), then \(rest)")
    }
    return 0
}
