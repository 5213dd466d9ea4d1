import Crypto
import FoundationEssentials
import LuaSandbox

/// Calls a host as the sandbox asks, and holds what it gave until the next call. Used by one run, on its thread.
final class HostBridge {
    private let host: any ScriptHost
    /// Bytes of the last result.
    private var held: UnsafeMutableRawBufferPointer?

    init(_ host: any ScriptHost) {
        self.host = host
    }

    deinit {
        held?.deallocate()
    }

    /// What the sandbox calls; it points to a bridge that lives as long as the run.
    static let call: LuaSandboxHost = { context, function, arguments, result in
        guard let context, let arguments, let result else { return }
        let bridge = Unmanaged<HostBridge>.fromOpaque(context).takeUnretainedValue()
        result.pointee = bridge.result(of: function, Arguments(start: arguments))
    }

    private func result(of function: LuaSandboxFunction, _ arguments: Arguments) -> LuaSandboxValue {
        do throws(ScriptRefusal) {
            return try value(of: function, arguments)
        } catch {
            switch error {
            case .raised(let message): return bytes(message.utf8, LuaSandboxKindError)
            case .returned(let message): return bytes(message.utf8, LuaSandboxKindRefusal)
            case .stopped: return LuaSandboxValue(LuaSandboxKindStop)
            }
        }
    }

    private func value(
        of function: LuaSandboxFunction, _ arguments: Arguments
    ) throws(ScriptRefusal) -> LuaSandboxValue {
        switch function {
        case LuaSandboxFunctionGet:
            return value(try host.get(arguments.bytes(0)))
        case LuaSandboxFunctionSet:
            try host.set(arguments.bytes(0), to: arguments.value(1), timeToLive: arguments.number(2))
            return LuaSandboxValue(LuaSandboxKindNil)
        case LuaSandboxFunctionIncrement:
            let sum = try host.increment(arguments.bytes(0), by: arguments.value(1), timeToLive: arguments.number(2))
            return value(sum)
        case LuaSandboxFunctionDelete:
            return LuaSandboxValue(try host.delete(arguments.bytes(0)))
        case LuaSandboxFunctionList:
            return list(
                try host.list(
                    ScriptListQuery(
                        prefix: arguments.optionalBytes(0), after: arguments.optionalBytes(1),
                        limit: arguments.integer(2), skip: arguments.integer(3), reverse: arguments.flag(4),
                        values: arguments.flag(5))))
        case LuaSandboxFunctionAccessToken:
            let names = String(decoding: arguments.bytes(1), as: UTF8.self).split(separator: ",").map(String.init)
            let token = try host.makeAccessToken(
                ScriptToken(prefix: arguments.bytes(0), permissions: names, lifetime: arguments.integer(2)))
            return bytes(token.utf8)
        case LuaSandboxFunctionSHA256:
            return bytes(Data(SHA256.hash(data: arguments.bytes(0))))
        case LuaSandboxFunctionHMACSHA256:
            let key = SymmetricKey(data: arguments.bytes(0))
            return bytes(Data(HMAC<SHA256>.authenticationCode(for: arguments.bytes(1), using: key)))
        case LuaSandboxFunctionBase64Encode:
            return bytes(Data(arguments.bytes(0)).base64EncodedData())
        case LuaSandboxFunctionBase64Decode:
            guard let decoded = Data(base64Encoded: Data(arguments.bytes(0))) else {
                throw .returned("this is not base64 (RFC 4648 §4, with padding)")
            }
            return bytes(decoded)
        default:
            throw .raised("this function is not known here")
        }
    }

    // MARK: Results

    private func value(_ value: ScriptValue?) -> LuaSandboxValue {
        switch value {
        case nil: LuaSandboxValue(LuaSandboxKindNil)
        case .integer(let integer): LuaSandboxValue(integer)
        case .number(let number): LuaSandboxValue(number)
        case .bytes(let bytes): self.bytes(bytes)
        }
    }

    private func bytes(
        _ bytes: some Collection<UInt8>, _ kind: LuaSandboxKind = LuaSandboxKindBytes
    ) -> LuaSandboxValue {
        held?.deallocate()
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyBytes(from: bytes)
        held = copy
        return LuaSandboxValue(kind, UnsafeRawBufferPointer(copy))
    }

    /// The entries one behind the other, as the sandbox's header says.
    private func list(_ entries: [ScriptEntry]) -> LuaSandboxValue {
        var packed: [UInt8] = []
        for entry in entries {
            var head = LuaSandboxEntry()
            head.key_count = UInt32(clamping: entry.key.count)
            var value: [UInt8] = []
            switch entry.value {
            case nil:
                head.value_kind = LuaSandboxKindNil.rawValue
            case .integer(let integer):
                head.value_kind = LuaSandboxKindInteger.rawValue
                head.integer = integer
            case .number(let number):
                head.value_kind = LuaSandboxKindNumber.rawValue
                head.number = number
            case .bytes(let bytes):
                head.value_kind = LuaSandboxKindBytes.rawValue
                head.value_count = UInt64(bytes.count)
                value = bytes
            }
            withUnsafeBytes(of: head) { packed += $0 }
            packed += entry.key
            packed += value
        }
        return bytes(packed, LuaSandboxKindList)
    }
}

/// What the sandbox gives with a call, each as the header of the sandbox says that it is.
private struct Arguments {
    let start: UnsafePointer<LuaSandboxValue>

    func bytes(_ index: Int) -> [UInt8] { start[index].bytes.array }

    func optionalBytes(_ index: Int) -> [UInt8]? {
        start[index].kind == LuaSandboxKindNil ? nil : bytes(index)
    }

    func integer(_ index: Int) -> Int64? {
        start[index].kind == LuaSandboxKindNil ? nil : start[index].integer
    }

    func number(_ index: Int) -> Double? {
        start[index].kind == LuaSandboxKindNil ? nil : start[index].number
    }

    func flag(_ index: Int) -> Bool { start[index].boolean }

    func value(_ index: Int) -> ScriptValue {
        switch start[index].kind {
        case LuaSandboxKindInteger: .integer(start[index].integer)
        case LuaSandboxKindNumber: .number(start[index].number)
        default: .bytes(bytes(index))
        }
    }
}

extension LuaSandboxValue {
    fileprivate init(_ kind: LuaSandboxKind, _ bytes: UnsafeRawBufferPointer? = nil) {
        self.init()
        self.kind = kind
        if let bytes { self.bytes = LuaSandboxBytes(bytes) }
    }

    fileprivate init(_ boolean: Bool) {
        self.init(LuaSandboxKindBoolean)
        self.boolean = boolean
    }

    fileprivate init(_ integer: Int64) {
        self.init(LuaSandboxKindInteger)
        self.integer = integer
    }

    fileprivate init(_ number: Double) {
        self.init(LuaSandboxKindNumber)
        self.number = number
    }
}
