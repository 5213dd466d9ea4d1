/// Why a pickle can't be read, or its value can't be written as JSON.
package struct PickleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line, to stand behind the name of what was read.
    package let message: String

    package var description: String { message }

    init(_ message: String) {
        self.message = message
    }

    /// A pickle that no pickler writes.
    static func damaged(_ what: String) -> PickleError {
        PickleError("the pickle is damaged: \(what)")
    }

    /// A pickle that would have Python call or build something.
    static func object(_ name: String) -> PickleError {
        // Input goes to a terminal here.
        let printable = name.unicodeScalars.prefix(100).map { $0.properties.isPrintable ? Character($0) : "?" }
        return PickleError("it holds a Python object, \(String(printable)); only plain data is read")
    }

    static let tooDeep = PickleError("its values are nested deeper than \(PickleLimits.depthMax) levels")
    static let tooLarge = PickleError("it is larger than \(PickleLimits.sizeMax >> 20) MiB")
    static let tooMany = PickleError("it has more than \(PickleLimits.valueCountMax) values")
}

extension Unicode.Scalar.Properties {
    /// Whether a terminal shows the character and does nothing else.
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
