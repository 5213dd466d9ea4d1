import HTTPAPI
import HTTPServer
import KeyValueStore

extension KVdbAPI {
    /// `POST /BUCKET/tokens/`
    func createToken(_ request: Request, bucket: Namespace) throws(APIError) -> Reply {
        let query = request.query
        try accessControl.requireManagement(of: bucket, try Credential(request, query))
        let settings = try TokenSettings(request, query, maxKeySize: options.maxKeySize)
        let token = try accessControl.makeToken(settings, for: bucket)
        return .ready(Answers.token(token, in: Accept.form(request, preferring: .json) ?? .json))
    }
}
