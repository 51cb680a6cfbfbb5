import CMessages
import Catalog
import Foundation
import Messages
import Testing
import Wire

@Suite("A diff")
struct DiffMessagesTests {
  static let from = RevisionMark(revision: 1_735_689_600_000_001, time: Timestamp(microseconds: 1_735_689_600_000_250))
  static let to = RevisionMark(revision: 1_735_689_600_000_007, time: Timestamp(microseconds: -1))
  /// The models before and after, of each kind.
  static let cases = [(nil, Samples.full), (Samples.full, Samples.bare), (Samples.hostile, nil)].compactMap(difference)

  private static func difference(_ before: Model?, _ after: Model?) -> ModelDifference? {
    (after ?? before).flatMap { ModelDifference(key: $0.key, before: before, after: after) }
  }

  private func plain(_ model: Model, _ view: ModelView) -> ModelMessage {
    var model = model
    if view == .basic { model.replicas = [] }
    return ModelMessage(model: model)
  }

  @Test func `a diff request is decoded as it was encoded`() throws {
    var request = DiffRequest()
    request.namespace = "ns"
    request.fromRevision = -1
    request.fromTime = Timestamp(microseconds: -1)
    request.toRevision = .max
    request.toTime = Timestamp(microseconds: 0)
    request.pageSize = 7
    request.pageToken = "token"
    request.filter = "f"
    request.view = .full
    #expect(try DiffRequest.decode(request.encode()[...]) == request)
    #expect(try DiffRequest.decode([]) == DiffRequest())
  }

  @Test(
    arguments: [
      (-62_135_596_801, 0), (253_402_300_800, 0), (.min, 0), (.max, 0), (0, -1), (0, 1_000_000_000), (0, .min),
    ] as [(Int64, Int32)])
  func `a diff request with a moment that does not exist is refused`(_ seconds: Int64, _ nanos: Int32) {
    func fill(_ draft: borrowing MessageDraft<Google__Protobuf__Timestamp>) {
      draft.fields.seconds = seconds
      draft.fields.nanos = nanos
    }
    let from = pack(Rollcall__V1__DiffModelsRequest.self) { $0.fields.from_time = $0.message { fill($0) } }
    let to = pack(Rollcall__V1__DiffModelsRequest.self) { $0.fields.to_time = $0.message { fill($0) } }
    for (field, bytes) in [("from_time", from), ("to_time", to)] {
      let error = #expect(throws: MalformedMessage.self) { try DiffRequest.decode(bytes[...]) }
      #expect(error?.reason == .value)
      #expect(error?.field == field)
    }
  }

  @Test(
    arguments: [
      (-62_135_596_800, 0, -62_135_596_800_000_000), (253_402_300_799, 999_999_999, 253_402_300_799_999_999),
      (-1, 999_999_999, -1), (0, 0, 0), (5, 1_999, 5_000_001),
    ] as [(Int64, Int32, Int64)])
  func `a diff request takes any moment that exists, rounded down to microseconds`(
    _ seconds: Int64, _ nanos: Int32, _ microseconds: Int64
  ) throws {
    let bytes = pack(Rollcall__V1__DiffModelsRequest.self) { draft in
      draft.fields.from_time = draft.message { time in
        time.fields.seconds = seconds
        time.fields.nanos = nanos
      }
    }
    #expect(try DiffRequest.decode(bytes[...]).fromTime == Timestamp(microseconds: microseconds))
  }

  @Test(arguments: [ModelView.basic, .full])
  func `a diff from parts is the message that protobuf-c packs as a whole`(_ view: ModelView) throws {
    let elements = Self.cases.flatMap { Difference.encodeElement($0, view: view) }
    let bytes = elements + DiffTail.encode(nextPageToken: "token", totalSize: 12_345, from: Self.from, to: Self.to)
    let repacked = try withDecoded(bytes[...], as: Rollcall__V1__DiffModelsResponse.self) { $0.packed() }
    #expect(repacked == bytes)
    let page = try DiffPage.decode(bytes[...])
    #expect(page.nextPageToken == "token")
    #expect(page.totalSize == 12_345)
    #expect(page.from == Self.from)
    #expect(page.to == Self.to)
    #expect(page.differences.map(\.kind) == [.added, .modified, .removed])
    #expect(page.differences.map(\.key) == [Samples.full.key, Samples.bare.key, Samples.hostile.key])
    #expect(page.differences.map(\.before) == Self.cases.map { $0.before.map { plain($0, view) } })
    #expect(page.differences.map(\.after) == Self.cases.map { $0.after.map { plain($0, view) } })
  }

  @Test(
    arguments: [(4, true), (5, true), (6, true), (0, true), (1, false), (3, true)] as [(UInt32, Bool)])
  func `a diff of an unknown type, or without the model that its type has, is refused`(
    _ type: UInt32, _ hasAfter: Bool
  ) {
    let bytes = pack(Rollcall__V1__ModelDifference.self, header: .field(1)) { draft in
      draft.fields.type = Rollcall__V1__WatchEventType(type)
      guard hasAfter else { return }
      draft.fields.after = draft.message { model in
        model.fields.kind = ROLLCALL__V1__MODEL_KIND__BASE
        model.fields.state = ROLLCALL__V1__MODEL_STATE__READY
      }
    }
    #expect(throws: MalformedMessage.self) { try DiffPage.decode(bytes[...]) }
  }

  @Test func `a diff has entries of the list in its JSON, and null for an absent entry`() throws {
    let entry = String(decoding: WireModelEncoder().encode(Samples.full).json, as: UTF8.self)
    func text(_ before: Model?, _ after: Model?, _ view: ModelView = .basic) throws -> String {
      String(decoding: Difference.json(try #require(Self.difference(before, after)), view: view), as: UTF8.self)
    }
    var other = Samples.full
    other.etag = "other"
    let otherEntry = String(decoding: WireModelEncoder().encode(other).json, as: UTF8.self)
    #expect(try text(nil, Samples.full) == #"{"type":"ADDED","before":null,"after":\#(entry)}"#)
    #expect(try text(Samples.full, nil) == #"{"type":"REMOVED","before":\#(entry),"after":null}"#)
    #expect(try text(Samples.full, other) == #"{"type":"MODIFIED","before":\#(entry),"after":\#(otherEntry)}"#)
    let full = try JSONSerialization.jsonObject(with: Data(text(nil, Samples.full, .full).utf8))
    let after = try #require((full as? [String: Any])?["after"] as? [String: Any])
    let replicas = try #require(after["replicas"] as? [[String: Any]])
    #expect(replicas.count == 2)
    #expect(replicas.allSatisfy { $0["observed_at"] is NSNull })
  }

  @Test func `a diff gives its two moments before its differences`() throws {
    let bytes = DiffOpening.json(from: Self.from, to: Self.to, totalSize: 3, hasMore: true, lastID: "x")
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"object":"diff","from_revision":1735689600000001,"from_time":"2025-01-01T00:00:00.000250Z","#
        + #""to_revision":1735689600000007,"to_time":"1969-12-31T23:59:59.999999Z","total_size":3,"#
        + #""has_more":true,"last_id":"x","data":["#)
    let empty = DiffOpening.json(from: Self.from, to: Self.to, totalSize: 0, hasMore: false, lastID: nil)
    let parsed = try JSONSerialization.jsonObject(with: Data(empty + Array("]}".utf8))) as? [String: Any]
    #expect(parsed?["has_more"] as? Bool == false)
    #expect(parsed?["last_id"] is NSNull)
  }
}
