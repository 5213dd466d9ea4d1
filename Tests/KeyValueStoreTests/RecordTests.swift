import Storage
import Testing

@testable import KeyValueStore

@Suite("Records")
struct RecordTests {
    @Test("A record reads back as it was written")
    func roundTrip() throws {
        let record = Record(
            value: [0, 255, 10], type: .bytes, contentType: .explicit(Array("image/png".utf8)),
            expiry: Timestamp(milliseconds: 1_234), revision: Revision(rawValue: 77))
        try record.encoded().withUnsafeBytes { bytes in
            let view = try #require(RecordView(bytes))
            #expect(Array(view.value) == [0, 255, 10])
            #expect(String(decoding: view.contentType, as: UTF8.self) == "image/png")
            #expect(view.expiry == Timestamp(milliseconds: 1_234))
            #expect(view.revision == Revision(rawValue: 77))
            #expect(!view.isUTF8)
        }
    }

    @Test("The layout is the documented one")
    func layout() {
        let record = Record(
            value: Array("hi".utf8), type: .number, contentType: .explicit([0x61]), expiry: Timestamp(milliseconds: 2),
            revision: Revision(rawValue: 3))
        #expect(
            record.encoded() == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0x61, 0x68, 0x69])
    }

    @Test("Bytes that are no record are refused", arguments: [[], [1], [2] + [UInt8](repeating: 0, count: 30)])
    func refusesOthers(bytes: [UInt8]) {
        bytes.withUnsafeBytes { #expect(RecordView($0) == nil) }
    }

    @Test("A content type that reaches past the end is refused")
    func refusesTruncated() {
        var bytes = Record(value: [], type: .bytes, revision: .zero).encoded()
        bytes[3] = 5
        bytes.withUnsafeBytes { #expect(RecordView($0) == nil) }
    }

    @Test("A record is gone at its expiry and not a millisecond before")
    func expiry() throws {
        let record = Record(value: [], type: .bytes, expiry: Timestamp(milliseconds: 10), revision: .zero)
        try record.encoded().withUnsafeBytes { bytes in
            let view = try #require(RecordView(bytes))
            #expect(!view.isExpired(at: Timestamp(milliseconds: 9)))
            #expect(view.isExpired(at: Timestamp(milliseconds: 10)))
        }
    }

    @Test("Times to live that can't be counted are refused")
    func timesToLive() {
        #expect(TimeToLive(seconds: .max) == nil)
        #expect(TimeToLive(seconds: -1) == nil)
        #expect(TimeToLive(seconds: 0)?.isForever == true)
        #expect(TimeToLive(milliseconds: .max) == nil)
        #expect(TimeToLive(seconds: 9_223_372_036_854_775) == nil)
        let longest = TimeToLive(milliseconds: .max / 2)
        #expect(longest.flatMap { Timestamp.now().advanced(by: $0) } != nil)
        #expect(longest.flatMap { Timestamp(milliseconds: .max).advanced(by: $0) } == nil)
    }
}
