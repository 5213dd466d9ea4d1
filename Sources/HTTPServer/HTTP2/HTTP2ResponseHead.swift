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
        fields.add(name: ":status", value: String(response.status.code))
        for part in [shared, prepared, added] {
            for field in part { fields.add(name: field.name, value: field.value) }
        }
        if let length, !response.status.hasNoBody { fields.add(name: "content-length", value: String(length)) }
        return fields
    }

    /// What invites a client that waits to send its body (RFC 9110 §10.1.1).
    static let goOn = HPACKHeaders([(":status", "100")])
}
