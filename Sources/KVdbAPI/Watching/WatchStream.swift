import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

/// The events of one watcher, as long as the connection lasts and the credential reaches. Used on its event loop alone.
final class WatchStream: BodyStream {
    private struct State {
        var position: ChangePosition
        /// What is sent before any change.
        var opening: ByteBuffer?
        /// That of the piece that was asked for and is not there yet.
        var promise: EventLoopPromise<ByteBuffer?>?
        var isEnded = false
        var lastPiece = NIODeadline.now()
        var expiry: Timestamp?
        /// Those of the namespace with which the credential was last looked at.
        var accessKeys: AccessKeys
    }

    let filter: WatchFilter
    private let state: NIOLoopBoundBox<State>
    private let place: WatchPlace
    private let authorize: @Sendable (Namespace) throws(APIError) -> Access

    /// - Parameters:
    ///   - place: given back at the end.
    ///   - authorize: tells whether the watcher may go on with a namespace that has other settings.
    init(
        _ query: WatchQuery, _ access: Access, to namespace: Namespace, at place: WatchPlace,
        authorize: @escaping @Sendable (Namespace) throws(APIError) -> Access
    ) {
        filter = WatchFilter(
            namespace: place.namespace, prefix: access.listPrefix(query.prefix), values: query.values)
        self.place = place
        self.authorize = authorize
        let newest = ChangePosition(behind: place.newest)
        var position = query.since ?? newest
        var writer = EventWriter()
        if position > newest {
            // Of another store, or of one that was restored to an earlier state.
            position = newest
            writer.clear(newest)
        } else {
            writer.place(position)
        }
        state = NIOLoopBoundBox(
            State(
                position: position, opening: writer.buffer, expiry: access.token?.expiry,
                accessKeys: namespace.settings.accessKeys), eventLoop: place.eventLoop)
        place.loop.add(self)
    }

    var length: Int? { nil }
    var isEndless: Bool { true }

    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        if state.value.isEnded { return eventLoop.makeSucceededFuture(nil) }
        if let opening = state.value.opening {
            state.value.opening = nil
            return eventLoop.makeSucceededFuture(opening)
        }
        let promise = eventLoop.makePromise(of: ByteBuffer?.self)
        state.value.promise = promise
        place.loop.wait(self)
        return promise.futureResult
    }

    func cancel() {
        end()
    }

    // MARK: The loop's side

    var position: ChangePosition {
        get { state.value.position }
        set { state.value.position = newValue }
    }

    var isEnded: Bool { state.value.isEnded }
    /// When the last piece was sent.
    var lastPiece: NIODeadline { state.value.lastPiece }

    func send(_ piece: ByteBuffer) {
        guard let promise = state.value.promise else { return }
        state.value.promise = nil
        state.value.lastPiece = .now()
        promise.succeed(piece)
    }

    /// Ends the events; a second call does nothing.
    func end() {
        guard !state.value.isEnded else { return }
        state.value.isEnded = true
        place.loop.remove(self)
        place.leave()
        let promise = state.value.promise
        state.value.promise = nil
        promise?.succeed(nil)
    }

    /// Ends the events where the credential is over by `now`.
    func endIfExpired(at now: Timestamp) {
        if let expiry = state.value.expiry, expiry <= now { end() }
    }

    /// Ends the events where the namespace is gone, or the credential does not reach any more.
    func namespaceChanged(_ namespace: Namespace) {
        guard namespace.deletion == nil else { return end() }
        let accessKeys = namespace.settings.accessKeys
        guard accessKeys != state.value.accessKeys else { return }
        guard let access = try? authorize(namespace) else { return end() }
        state.value.accessKeys = accessKeys
        state.value.expiry = access.token?.expiry
    }
}
