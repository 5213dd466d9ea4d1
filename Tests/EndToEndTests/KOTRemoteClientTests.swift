import Foundation
import Testing

/// KOT's own remote client in Python: forms, an empty user name, and what it makes of the answers.
@Suite(.server)
struct KOTRemoteClientTests {
    @Test func allThatTheClientDoesWorksInTheOrderOfItsTests() async throws {
        try await withServer(KOTClient.flags) { server in
            let result = try ProgramResult.run(["python3", "-c", Self.script, server.url, KOTClient.password])
            #expect(result.status == .code(0), "\(result.output)\(result.errorOutput)")
            #expect(result.output == "done\n")
        }
    }

    @Test func theClientSeesARefusalWhereThePasswordIsWrong() async throws {
        try await withServer(KOTClient.flags) { server in
            let result = try ProgramResult.run(["python3", "-c", Self.script, server.url, "wrong"])
            #expect(result.status == .code(1))
            #expect(result.errorOutput.contains("401"))
        }
    }

    /// The client seals what it sends, so that all it asks of a server is to give a form's text back. Here random bytes in
    /// base64 stand for that.
    private static let script = #"""
        import ast, base64, json, os, sys, urllib.error, urllib.parse, urllib.request

        URL, PASSWORD = sys.argv[1:]
        BASIC = "Basic " + base64.b64encode((":" + PASSWORD).encode()).decode()

        class Remote:
            def __init__(self, database_name):
                self.database_name = database_name

            def send(self, method, path, fields=None):
                body = None
                if fields is not None:
                    given = {name: value for name, value in fields.items() if value is not None}
                    body = urllib.parse.urlencode(given).encode()
                request = urllib.request.Request(URL + path, data=body, method=method)
                request.add_header("Authorization", BASIC)
                request.add_header("Accept", "*/*")
                request.add_header("Accept-Encoding", "gzip, deflate")
                try:
                    with urllib.request.urlopen(request) as response:
                        return response.read().decode()
                except urllib.error.HTTPError as error:
                    sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")

            def in_database(self, path, **fields):
                return self.send("POST", path, {"database_name": self.database_name, **fields})

            def set(self, key, value, compress=None, cache_policy=0):
                return self.in_database(
                    "/controller/set", key=key, value=value, compress=compress, cache_policy=cache_policy)

            def get(self, key):
                text = self.in_database("/controller/get", key=key)
                return None if text == "null\n" else base64.urlsafe_b64decode(text)

            def get_all(self):
                return json.loads(self.in_database("/controller/get_all"))

            def delete(self, key):
                return self.in_database("/controller/delete", key=key)

            def log(self, level, message):
                return self.send("POST", "/controller/" + level, {"message": message})

            def database_list(self):
                return ast.literal_eval(self.send("GET", "/database/list"))

        def same(found, expected):
            assert found == expected, f"{found!r} is not {expected!r}"

        def sealed(size):
            value = os.urandom(size)
            return value, base64.urlsafe_b64encode(value)

        remote = Remote("TestRemote")

        value, text = sealed(100)
        same(remote.set("key", text), "Data set successfully")
        same(remote.get("key"), value)
        same(remote.delete("key"), "Data deleted successfully")
        same(remote.get("key"), None)

        value, text = sealed(5000)
        same(remote.set("key", text), "Data set successfully")
        same(remote.get("key"), value)
        function, text = sealed(700)
        same(remote.set("my_function", text, compress=True), "Data set successfully")
        same(remote.get("my_function"), function)

        found = {key: base64.urlsafe_b64decode(each) for key, each in remote.get_all().items()}
        same(found, {"key": value, "my_function": function})
        assert isinstance(remote.database_list()["TestRemote"], str)

        def fill(*names):
            for name in names:
                same(Remote(name).set("sdad", "32413"), "Data set successfully")

        fill("aaaaaaa")
        assert "aaaaaaa" in remote.database_list()
        same(Remote("aaaaaaa").in_database("/database/delete"), "Database deleted successfully")
        assert "aaaaaaa" not in remote.database_list()

        fill("aaaaaaa")
        same(remote.send("GET", "/database/delete_all"), "All database deleted successfully")
        same(remote.database_list(), {})

        fill("aaaaaaa", "aaaaaaaaaa")
        same(Remote("aaaaaaaaaa").in_database("/database/pop"), "Database popped successfully")
        same(Remote("aaaaaaa").get_all(), {"sdad": "32413"})
        same(Remote("aaaaaaaaaa").get_all(), {})

        fill("aaaaaaa", "aaaaaaaaaa")
        same(remote.send("GET", "/database/pop_all"), "All database popped successfully")
        same(Remote("aaaaaaa").get_all(), {})
        same(Remote("aaaaaaaaaa").get_all(), {})
        same(sorted(remote.database_list()), ["aaaaaaa", "aaaaaaaaaa"])

        for level in ["debug", "info", "warning", "error", "exception"]:
            message = f"This is a test message for the {level} function."
            same(remote.log(level, message), f"{level.capitalize()} message logged successfully")
            record = Remote(level).get_all()
            name = list(record)[0]
            writer, time, number = name.split("-")
            same(writer, level + "_writer")
            assert float(time) > 1.7e9 and len(number) == 5 and number.isdigit(), name
            same(record[name][1], message)
            same(record[name][0], [[], {}])

        # What a Python literal may not have, or writes in another way than JSON.
        for name in ["it's", 'a "b"', "a\\b", "ключ 😀", "line\nend"]:
            fill(name)
            assert name in remote.database_list(), name
        print("done")
        """#
}
