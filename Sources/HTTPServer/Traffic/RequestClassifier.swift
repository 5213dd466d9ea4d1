/// Tells requests apart by what they are for, so that they can be counted: a few kinds, whatever clients send.
public protocol RequestClassifier: Sendable {
    /// The names of the kinds.
    var kinds: [String] { get }

    /// The kind of a request, as an index into `kinds`. Called on event loops, once for every request: it takes little time
    /// and allocates nothing where a request is usual.
    func kind(of request: Request) -> Int
}
