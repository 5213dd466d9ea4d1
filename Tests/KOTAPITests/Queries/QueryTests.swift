import HTTPAPI
import Testing

@testable import KOTAPI

@Suite("Queries as text")
struct QueryTests {
    @Test(
        "Each command is read in any case, with what it needs and may have",
        arguments: [
            ("SET d k v", KOTQuery.set(database: "d", key: "k", value: "v", encryptionKey: nil, compress: false)),
            ("set d k v x", .set(database: "d", key: "k", value: "v", encryptionKey: "x", compress: false)),
            ("Set d k v None True", .set(database: "d", key: "k", value: "v", encryptionKey: "None", compress: true)),
            ("SET d k v x false", .set(database: "d", key: "k", value: "v", encryptionKey: "x", compress: false)),
            ("GET d k", .get(database: "d", key: "k", encryptionKey: nil)),
            ("gEt d k x", .get(database: "d", key: "k", encryptionKey: "x")),
            ("DELETE d k", .delete(database: "d", key: "k")), ("GET_ALL d", .getAll(database: "d", encryptionKey: nil)),
            ("get_all d x", .getAll(database: "d", encryptionKey: "x")), ("DATABASE_LIST", .databaseList),
            ("database_pop d", .databasePop("d")), ("DATABASE_POP_ALL", .databasePopAll),
            ("DATABASE_DELETE d", .databaseDelete("d")), ("database_delete_all", .databaseDeleteAll),
            ("DATABASE_RENAME d e", .databaseRename("d", to: "e")),
            ("  \tGET\n d \r\n k  ", .get(database: "d", key: "k", encryptionKey: nil)),
            (
                #"SET "a b" 'c "d"' "e 'f'" '' "yes""#,
                .set(database: "a b", key: #"c "d""#, value: "e 'f'", encryptionKey: "", compress: true)
            ),
            (#"SET d k """#, .set(database: "d", key: "k", value: "", encryptionKey: nil, compress: false)),
            (#"SET d k it's"#, .set(database: "d", key: "k", value: "it's", encryptionKey: nil, compress: false)),
            (#"GET d "None""#, .get(database: "d", key: "None", encryptionKey: nil)),
        ])
    func commands(text: String, query: KOTQuery) throws {
        #expect(try KOTQuery(text) == query)
    }

    @Test("A SET whose value comes apart needs none in the query")
    func valueApart() throws {
        #expect(
            try KOTQuery("SET d k", hasValue: true)
                == .set(database: "d", key: "k", value: nil, encryptionKey: nil, compress: false))
        #expect(
            try KOTQuery("SET d k v x True", hasValue: true)
                == .set(database: "d", key: "k", value: "v", encryptionKey: "x", compress: true))
        #expect(throws: APIError.self) { try KOTQuery("SET d", hasValue: true) }
    }

    @Test(
        "An incomplete or longer query is refused with the right form",
        arguments: [
            ("SET d k", "SET database key value [encryption_key|None] [True]"),
            ("SET d k v x True more", "SET database key value [encryption_key|None] [True]"),
            ("SET", "SET database key value [encryption_key|None] [True]"),
            ("GET d", "GET database key [encryption_key]"),
            ("GET d k x y", "GET database key [encryption_key]"), ("DELETE d", "DELETE database key"),
            ("DELETE d k l", "DELETE database key"), ("GET_ALL", "GET_ALL database [encryption_key]"),
            ("DATABASE_LIST d", "DATABASE_LIST"), ("DATABASE_POP", "DATABASE_POP database"),
            ("DATABASE_POP_ALL d", "DATABASE_POP_ALL"), ("DATABASE_DELETE", "DATABASE_DELETE database"),
            ("DATABASE_DELETE_ALL d", "DATABASE_DELETE_ALL"), ("DATABASE_RENAME d", "DATABASE_RENAME old new"),
            ("database_rename d e f", "DATABASE_RENAME old new"),
        ])
    func forms(text: String, form: String) {
        #expect {
            try KOTQuery(text)
        } throws: { error in
            guard let error = error as? APIError else { return false }
            return error.status == .badRequest && error.message.hasSuffix(form)
        }
    }

    @Test(
        "What is no command is refused with those that there are",
        arguments: ["", " ", "POP d", "SELECT * FROM d", "\"\" d", "SETT d k v"])
    func unknownCommands(text: String) {
        #expect {
            try KOTQuery(text)
        } throws: { error in
            guard let error = error as? APIError else { return false }
            return error.message.contains("DATABASE_RENAME") && error.message.contains("GET_ALL")
        }
    }

    @Test(
        "A part in quotes must end with the same, and nothing may touch it",
        arguments: [
            "GET d \"k", "GET d 'k\"", "GET \"d\"k", "GET 'd''k'", "'",
        ])
    func quotes(text: String) {
        #expect(throws: APIError.self) { try KOTQuery(text) }
    }

    @Test("The last part of a SET is yes or no", arguments: ["maybe", "2", "compress"])
    func flags(text: String) {
        #expect(throws: APIError.self) { try KOTQuery("SET d k v None \(text)") }
    }
}
