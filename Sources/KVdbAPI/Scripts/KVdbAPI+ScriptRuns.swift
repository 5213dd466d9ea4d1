import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore

extension KVdbAPI {
    /// `GET` and `POST /BUCKET/scripts/NAME`
    func run(
        _ request: Request, _ query: Parameters, bucket: Namespace, script name: [UInt8], on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        throw .scriptNotFound
    }
}
