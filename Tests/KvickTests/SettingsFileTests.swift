import ArgumentParser
import Testing

@testable import kvick

@Suite struct SettingsFileTests {
    private func file(_ text: String) throws -> SettingsFile {
        try SettingsFile(path: "kvick.yaml", text: text)
    }

    private func failure(_ text: String) -> String? {
        do {
            _ = try file(text)
            return nil
        } catch {
            return (error as? ValidationError)?.message ?? "\(error)"
        }
    }

    @Test func eachSettingIsKnownByItsNameAndItsLine() throws {
        let file = try file("# of this host\nport: 9000\nrate-limit: 10/s\nhost: '::'\nopen-buckets: true\n")
        #expect(
            file.given("port")
                == Setting.Given(text: "9000", source: "port in kvick.yaml:2", origin: .file(path: "kvick.yaml")))
        #expect(file.given("rate-limit")?.text == "10/s")
        #expect(file.given("host")?.text == "::")
        #expect(file.given("open-buckets")?.text == "true")
        #expect(file.given("data") == nil)
        #expect(file.names.map(\.name) == ["port", "rate-limit", "host", "open-buckets"])
    }

    @Test func aListIsOneTextWithCommas() throws {
        #expect(try file("kot-access-key:\n  - one\n  - two\n").given("kot-access-key")?.text == "one,two")
        #expect(try file("kot-access-key: [one, two]").given("kot-access-key")?.text == "one,two")
    }

    @Test(arguments: ["", "# nothing", "---\n", "~", "port:", "port: null", "port: ''"])
    func whatIsEmptySetsNothing(_ text: String) throws {
        #expect(try file(text).given("port") == nil)
    }

    @Test func aTextThatReadsAsNullIsOneInQuotes() throws {
        #expect(try file("kot-password: 'null'").given("kot-password")?.text == "null")
    }

    @Test(arguments: [
        ("port: 1\nport: 2\n", "kvick.yaml:2: port is given twice; give it once"),
        ("a: b: c", "kvick.yaml:1: this is no YAML: "),
        ("host: 'open", "this is no YAML: "),
        ("- port\n", "kvick.yaml:1: write settings as name: value, one a line"),
        ("port", "kvick.yaml:1: write settings as name: value, one a line"),
        ("port: {a: b}", "kvick.yaml:1: port must have one value, or a list of them"),
        ("port: [null]", "kvick.yaml:1: port must have one value, or a list of them"),
        ("port: [[1]]", "kvick.yaml:1: port must have one value, or a list of them"),
        ("host: a\n[1]: x", "kvick.yaml:2: a name must be text"),
    ])
    func whatIsNoMappingIsRefusedWithItsLine(_ text: String, _ words: String) throws {
        let refusal = try #require(self.failure(text))
        #expect(refusal.contains(words), "\(refusal)")
    }
}

@Suite struct EffectiveSettingsTests {
    private let settings = [
        EffectiveSetting(name: "host", value: "::", source: "--host", isSecret: false),
        EffectiveSetting(name: "port", value: "9000", source: "port in kvick.yaml:2", isSecret: false),
        EffectiveSetting(name: "rate-limit", value: "1000/h", source: nil, isSecret: false),
        EffectiveSetting(name: "data", value: "./a folder", source: nil, isSecret: false),
        EffectiveSetting(name: "admin-token", value: "0123456789abcdef", source: "KVICK_ADMIN_TOKEN", isSecret: true),
        EffectiveSetting(name: "kot-password", value: nil, source: nil, isSecret: true),
    ]

    @Test func theyAreAFileThatSaysTheSame() throws {
        let text = EffectiveSettings.yaml(settings)
        let file = try SettingsFile(path: "f", text: text)
        for setting in settings where !setting.isSecret {
            #expect(file.given(setting.name)?.text == setting.value, "\(text)")
        }
        #expect(file.names.count == 4)
        #expect(text.contains("# port in kvick.yaml:2\n"))
        #expect(text.contains("# default\n"))
    }

    @Test(arguments: [
        "a: b", "# no", "x #y", "'", "\"", "- a", "[a]", "{a}", "&a", "*a", "!a", "a\nb", "é", " a", "@a", "%a", "a:",
        "|", ">",
    ])
    func whateverAValueHasItComesBack(_ value: String) throws {
        let setting = EffectiveSetting(name: "data", value: value, source: nil, isSecret: false)
        let text = EffectiveSettings.yaml([setting])
        #expect(try SettingsFile(path: "f", text: text).given("data")?.text == value, "\(text)")
    }

    @Test func noSecretIsShown() {
        for text in [
            EffectiveSettings.yaml(settings), String(decoding: EffectiveSettings.json(settings), as: UTF8.self),
        ] {
            #expect(!text.contains("0123456789abcdef"))
            #expect(text.contains("KVICK_ADMIN_TOKEN"))
        }
    }

    @Test func inJSONEachHasItsValueAndItsSource() {
        #expect(
            String(decoding: EffectiveSettings.json(Array(settings.dropFirst(3))), as: UTF8.self)
                == #"{"data":{"value":"./a folder","source":"default"},"#
                + #""admin-token":{"value":true,"source":"KVICK_ADMIN_TOKEN"},"kot-password":{"value":null,"source":null}}"#
        )
    }
}
