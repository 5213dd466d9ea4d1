import ArgumentParser
import HTTPAPI
import KOTAPI

/// The settings of KOT's API.
struct KOTSettings: Sendable {
    var options: KOTOptions

    /// - Parameter needsPassword: whether it is a failure that there is neither a password nor an access key.
    /// - Returns: nil where there is none, and none is needed.
    /// - Throws: a `ValidationError` of one line, which names the flag, the variable or the file's line.
    init?(_ sources: SettingSources, needsPassword: Bool) throws {
        let password = try Setting(secret: "kot-password", in: sources)
            .value(expecting: "a password, not an empty one") { $0.isEmpty ? nil : $0 }
        let accessKeys = try Setting(secret: "kot-access-key", in: sources)
            .value(expecting: "keys with commas between", Self.accessKeys)
        let restricted = try Setting("kot-restricted", in: sources)
            .value(
                expecting: "names with commas between, of \(KOTRestriction.knownNames.joined(separator: ", "))"
            ) { KOTRestriction(names: $0) }
        let rateLimits = try Setting("kot-rate-limit", in: sources)
            .value(
                expecting: "limits with commas between, as '100 per minute' or 1000/h", KOTRateLimit.list)
        let limits = try Self.limits(sources)
        switch (password, accessKeys) {
        case (_?, _?):
            throw ValidationError("access keys are in place of the password; give the keys or the password")
        case (let password?, nil): options = KOTOptions(.password(password))
        case (nil, let accessKeys?): options = KOTOptions(.accessKeys(accessKeys))
        case (nil, nil) where needsPassword:
            throw ValidationError(
                "a password is missing: give it behind the command, as KVICK_KOT_PASSWORD, or in a file that KVICK_KOT_PASSWORD_FILE names"
            )
        case (nil, nil): return nil
        }
        options.limits = limits
        options.restricted = restricted ?? KOTRestriction()
        options.rateLimits = rateLimits ?? []
    }

    private static func accessKeys(_ text: String) -> [String]? {
        let keys = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmingSpaces()) }
        return keys.contains("") ? nil : keys
    }

    /// The highest limit of a key's or a database's name, in bytes.
    static let nameSizeMax = 8 << 10
    /// The highest limit of a value, in bytes.
    static let valueSizeMax = 32 << 20

    private static func limits(_ sources: SettingSources) throws -> KOTLimits {
        var limits = KOTLimits()
        limits.keySize = try Setting("kot-key-lenght", in: sources)
            .size(default: limits.keySize, from: 1, to: nameSizeMax).bytes
        limits.valueSize = try Setting("kot-value-lenght", in: sources)
            .size(default: limits.valueSize, from: 1, to: valueSizeMax).bytes
        limits.databaseNameSize = try Setting("kot-database-name-lenght", in: sources)
            .size(default: limits.databaseNameSize, from: 1, to: nameSizeMax).bytes
        limits.databases = try Setting("kot-maximum-database-amount", in: sources).amount()
        limits.keys = try Setting("kot-maximum-key-amount", in: sources).amount()
        limits.databasesOfClient = try Setting("kot-maximum-database-amount-user", in: sources).amount()
        limits.keysOfClient = try Setting("kot-maximum-key-amount-user", in: sources).amount()
        return limits
    }
}

extension Setting {
    /// A number of things; nil where nothing was given.
    fileprivate func amount() throws -> Int? {
        try value(expecting: "a number, 0 or more") { text in Int(text).flatMap { $0 >= 0 ? $0 : nil } }
    }
}
