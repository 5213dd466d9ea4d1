import HTTPServer
import Testing

@testable import kvick

@Suite struct LoggedTargetTests {
    private func logged(
        _ target: String, _ method: Method = .get, services: RequestKinds.Services = .both
    ) throws -> String {
        LoggedTarget(RequestKinds(services: services)).text(of: try Request(method: method, target: target))
    }

    @Test(arguments: [
        ("/N7cmQg1DwZbADh2Hu3NncF/hello", "/N7cmQ*/hello"), ("/N7cmQg1DwZbADh2Hu3NncF", "/N7cmQ*"),
        ("/N7cmQg1DwZbADh2Hu3NncF/", "/N7cmQ*/"), ("/chosen-1/a/b", "/ch*/a/b"), ("/abc/x", "/*/x"),
        ("/N7cmQg1DwZbADh2Hu3NncF/scripts/hi", "/N7cmQ*/scripts/hi"), ("/", "/"), ("//", "//"), ("//x", "//*"),
        ("//N7cmQg1DwZbADh2Hu3NncF/hello", "//N7cmQ*/hello"), ("///N7cmQg1DwZbADh2Hu3NncF", "///N7cmQ*"),
        ("/a%2Fb%2Fc%2Fd/x", "/a%2*/x"),
    ])
    func ofABucketsIdOnlyTheBeginningIsTold(_ target: String, _ logged: String) throws {
        #expect(try self.logged(target) == logged)
    }

    @Test(arguments: ["/-/metrics", "/controller/get", "/scripts.css"])
    func otherPathsAreToldInWhole(_ target: String) throws {
        #expect(try logged(target) == target)
    }

    @Test(arguments: [
        ("limit=5&prefix=a%20b", "limit=5&prefix=a%20b"), ("key=hush", "key=*"),
        ("access_token=a.b.c&ttl=3", "access_token=*&ttl=3"),
        ("%6Bey=hush", "*"), ("password=hush", "*"), ("dG9rZW4=", "*"), ("token", "*"), ("", ""),
        ("&limit=1", "&limit=1"),
        ("Key=hush", "*"), ("key", "key=*"),
    ])
    func ofAQueryOnlyKnownParametersAreTold(_ query: String, _ logged: String) throws {
        #expect(try self.logged("/abcdefgh/k?" + query) == "/ab*/k?" + logged)
    }

    @Test(arguments: [
        ("POST", "/", "buckets"), ("PATCH", "/b", "bucket"), ("DELETE", "/b/", "bucket"), ("GET", "/b/", "list"),
        ("GET", "/b/?watch=true", "watch"), ("GET", "/b/?watch=false", "list"), ("POST", "/b", "transaction"),
        ("PUT", "/b/k", "key"), ("POST", "/b/tokens/", "tokens"), ("GET", "/b/scripts/", "scripts"),
        ("POST", "/b/scripts/s", "script"), ("GET", "/-/health", "health"), ("GET", "/-/ready", "ready"),
        ("GET", "/-/metrics", "metrics"), ("GET", "/-/other", "operations"), ("GET", "/scripts.js", "page"),
        ("POST", "/controller/get", "kot:get"), ("GET", "/database/list", "kot:database_list"),
        ("GET", "/controller/nothing", "key"),
    ])
    func eachRequestHasItsKind(_ method: String, _ target: String, _ kind: String) throws {
        let methods: [Method] = [.get, .put, .post, .patch, .delete]
        let kinds = RequestKinds(services: .both)
        let request = try Request(method: try #require(methods.first { $0.name == method }), target: target)
        #expect(kinds.kinds[kinds.kind(of: request)] == kind)
    }

    @Test func whereOnlyDatabasesAreServedAllOtherPathsAreTheirs() throws {
        let kinds = RequestKinds(services: .databases)
        let request = try Request(method: .get, target: "/b/k")
        #expect(kinds.kinds[kinds.kind(of: request)] == "kot:other")
    }
}
