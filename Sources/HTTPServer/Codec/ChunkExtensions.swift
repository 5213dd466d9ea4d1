/// A checker of chunk extensions (RFC 9112 §7.1.1), which have no effect here.
///
/// They are held to their grammar: in one that is not, others may see the end of the line elsewhere.
struct ChunkExtensions {
    private enum State {
        /// Where nothing but another extension may follow.
        case semicolon
        case nameStart
        case name
        /// Behind a name and white space.
        case equalsSign
        case valueStart
        case value
        case quoted
        case quotedPair
        case quotedEnd
    }

    /// The most bytes of the extensions of a body.
    private static let maximumSize = 1024

    private var state = State.semicolon
    private var size = 0

    /// Takes an octet behind a chunk's size; true if it is the carriage return behind the last extension.
    mutating func take(_ octet: UInt8) throws(ProtocolFailure) -> Bool {
        if octet == .carriageReturn {
            guard state == .name || state == .value || state == .quotedEnd else { throw .malformedChunk }
            state = .semicolon
            return true
        }
        guard let next = ChunkExtensions.state(behind: octet, in: state) else { throw .malformedChunk }
        state = next
        size += 1
        guard size <= ChunkExtensions.maximumSize else { throw .excessiveChunkOverhead }
        return false
    }

    private static func state(behind octet: UInt8, in state: State) -> State? {
        let isSpace = octet == .space || octet == .tab
        let isSemicolon = octet == UInt8(ascii: ";")
        return switch state {
        case .nameStart: isSpace ? .nameStart : octet.isTokenCharacter ? .name : nil
        case .name where octet.isTokenCharacter: .name
        case .name, .equalsSign:
            isSpace ? .equalsSign : isSemicolon ? .nameStart : octet == UInt8(ascii: "=") ? .valueStart : nil
        case .valueStart where octet == UInt8(ascii: "\""): .quoted
        case .valueStart: isSpace ? .valueStart : octet.isTokenCharacter ? .value : nil
        case .value where octet.isTokenCharacter: .value
        case .quoted where octet == UInt8(ascii: "\""): .quotedEnd
        case .quoted where octet == UInt8(ascii: "\\"): .quotedPair
        case .quoted, .quotedPair: octet.isFieldCharacter ? .quoted : nil
        case .value, .quotedEnd, .semicolon: isSpace ? .semicolon : isSemicolon ? .nameStart : nil
        }
    }
}
