/// A copy of a key's value, as a transaction sees it.
public struct SeenValue: Sendable {
    public let bytes: [UInt8]
    public let type: ValueType
    let contentType: ContentType

    init(_ record: RecordView) {
        bytes = Array(record.value)
        type = record.type
        contentType = record.contentType.isEmpty ? .unspecified : .explicit(Array(record.contentType))
    }

    /// What a key shows that is set to `value`.
    init(_ value: NewValue) {
        bytes = value.bytes
        type = value.storedType
        contentType = value.contentType
    }
}
