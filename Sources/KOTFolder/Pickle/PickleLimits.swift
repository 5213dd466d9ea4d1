/// What a pickle may ask for at most, so that reading one takes bounded time, memory and stack.
enum PickleLimits {
    /// Of the whole pickle, and of the JSON that is made of it.
    static let sizeMax = 64 << 20
    /// Of containers in each other.
    static let depthMax = 128
    /// Of all values, each counted as often as it stands in another.
    static let valueCountMax = 1 << 21
    /// Of an integer, as Python itself reads and writes it (`sys.int_info.default_max_str_digits`).
    static let digitCountMax = 4300
}
