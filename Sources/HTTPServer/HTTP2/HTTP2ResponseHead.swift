import NIOCore
import NIOHPACK

/// Makes the fields of an answer's HEADERS frame (RFC 9113 §8.3.2).
enum HTTP2ResponseHead {
    /// - Parameters:
    ///   - length: of the body; nil where it is not known.
    ///   - shared: the fields that all answers have.
    static func fields(_ response: Response, length: Int?, shared: [HeaderField]) -> HPACKHeaders {
        let prepared = response.headers.prepared?.decoded ?? []
        let added = HeaderField.decode(response.headers.added)
        var fields = HPACKHeaders()
        fields.reserveCapacity(shared.count + prepared.count + added.count + 2)
        // What is new in each answer is not to be kept: a client may ask for a table as large as it likes (RFC 7541 §4.2), which
        // would be searched for every field.
        fields.add(
            name: ":status", value: String(response.status.code),
            indexing: response.status == .ok ? .indexable : .nonIndexable)
        for field in shared {
            fields.add(
                name: field.name, value: field.value, indexing: field.name == "date" ? .nonIndexable : .indexable)
        }
        for field in prepared { fields.add(name: field.name, value: field.value) }
        for field in added { fields.add(name: field.name, value: field.value, indexing: .nonIndexable) }
        if let length, !response.status.hasNoBody {
            fields.add(name: "content-length", value: String(length), indexing: .nonIndexable)
        }
        return fields
    }

    /// What invites a client that waits to send its body (RFC 9110 §10.1.1).
    static let goOn = HPACKHeaders([(":status", "100")])
}
