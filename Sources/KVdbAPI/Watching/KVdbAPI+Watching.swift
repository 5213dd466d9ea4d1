import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

extension KVdbAPI {
    /// `GET /BUCKET/?watch=true`
    func watch(
        _ request: Request, _ parameters: Parameters, _ credential: Credential, bucket: Namespace,
        on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        // Who may not watch at all is not told what else is wrong.
        try accessControl.access(to: bucket, credential).require(.list(prefix: [], values: false))
        let query = try WatchQuery(request, parameters)
        let authorize = { @Sendable [accessControl] (bucket: Namespace) throws(APIError) -> Access in
            let access = try accessControl.access(to: bucket, credential)
            try access.require(.list(prefix: query.prefix, values: query.values))
            return access
        }
        _ = try authorize(bucket)
        guard let place = watchers.enter(bucket.id, from: request.remoteAddress, on: eventLoop) else {
            throw .unavailable("too many clients are watching; try again soon", retryAfter: 10)
        }
        // Looked up anew now that changes of its settings are heard of, so that none is missed.
        let current = running(request, on: eventLoop) { [store] in
            try StoreError.wrapping { () throws(StorageError) in try store.namespace(.bucket, bucket.name) }
        }
        return .pending(
            current.flatMapThrowing { current in
                guard let current, current.id == bucket.id else { throw APIError.bucketNotFound }
                guard current.deletion == nil else { throw APIError.bucketDeleted }
                return Answers.events(
                    WatchStream(query, try authorize(current), to: current, at: place, authorize: authorize))
            }.flatMapErrorThrowing { error in
                place.leave()
                return Answers.error(self.failure(error), to: request)
            })
    }
}
