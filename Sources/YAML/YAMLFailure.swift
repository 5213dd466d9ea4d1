/// What is wrong in a YAML text.
package struct YAMLFailure: Error, Equatable {
    /// From 1.
    package let line: Int
    package let message: String

    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}
