import FoundationEssentials
import KOTAPI

extension KOTValue {
    static let null = KOTValue.json(Array("null".utf8))

    static func string(_ text: String) -> KOTValue {
        .json(JSONText.string(text))
    }

    /// A file's bytes as `{"base64":"…"}`.
    var jsonText: [UInt8] {
        switch self {
        case .json(let json): json
        case .bytes(let bytes):
            Array(#"{"base64":""#.utf8) + Array(Data(bytes).base64EncodedString().utf8) + Array(#""}"#.utf8)
        }
    }
}
