import KOTAPI

extension KOTValue {
    static let null = KOTValue.json(Array("null".utf8))
}
