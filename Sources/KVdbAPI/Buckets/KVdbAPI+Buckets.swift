import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore

extension KVdbAPI {
    /// `POST /`
    func createBucket(_ request: Request, on eventLoop: any EventLoop) throws(APIError) -> Reply {
        let change = try BucketSettings(request, request.query)
        let form = Accept.form(request) ?? .text
        let id = BucketID.random()
        return writing(request, on: eventLoop) { [store, serverSecret] completion in
            store.write(
                size: 1024,
                { (transaction) throws(StoreError) in
                    var settings = NamespaceSettings()
                    try change.apply(to: &settings, with: serverSecret)
                    _ = try transaction.createNamespace(.bucket, id, settings: settings)
                }, completion: completion)
        } then: { _ in
            let text = String(decoding: id, as: UTF8.self)
            return form == .json ? Answers.json(#"{"id":"\#(text)","bucket_id":"\#(text)"}"#) : Answers.text(text)
        }
    }

    /// Everything under `/BUCKET` and `/BUCKET/`.
    func answer(_ request: Request, bucket: Namespace, on eventLoop: any EventLoop) throws(APIError) -> Reply {
        let query = request.query
        let credential = try Credential(request, query)
        switch request.method {
        case .get, .head:
            if try query.flag("settings") ?? false {
                try accessControl.requireManagement(of: bucket, credential)
                return .ready(Answers.settings(of: bucket))
            }
            if try query.flag("watch") ?? false {
                return try watch(request, query, credential, bucket: bucket, on: eventLoop)
            }
            let access = try accessControl.access(to: bucket, credential)
            return try list(request, query, access, bucket: bucket, on: eventLoop)
        case .patch:
            try accessControl.requireManagement(of: bucket, credential)
            return try updateBucket(request, query, bucket: bucket, on: eventLoop)
        case .delete:
            try accessControl.requireManagement(of: bucket, credential)
            return writing(request, on: eventLoop) { completion in
                store.deleteNamespace(.bucket, bucket.name, completion: completion)
            } then: { _ in
                Answers.done
            }
        default:
            throw .methodNotAllowed(Methods.bucket)
        }
    }

    private func updateBucket(
        _ request: Request, _ query: Parameters, bucket: Namespace, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let change = try BucketSettings(request, query)
        if let secretKey = change.secretKey, secretKey.isEmpty {
            throw .badRequest("secret_key can be changed but not cleared; give a new one, or leave it out")
        }
        return writing(request, on: eventLoop) { [store, serverSecret] completion in
            store.write(
                size: 1024,
                { (transaction) throws(StoreError) in
                    try transaction.updateNamespace(.bucket, bucket.name) { (settings) throws(StoreError) in
                        try change.apply(to: &settings, with: serverSecret)
                    }
                }, completion: completion)
        } then: { _ in
            Answers.done
        }
    }
}
