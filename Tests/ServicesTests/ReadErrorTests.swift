import Catalog
import GRPC
import HTTP
import HTTPTypes
import Testing
import Wire

@testable import Services

/// Each protocol has its own words for why a read has no answer, and they are all here.
@Suite struct ReadErrorTests {
  private static let key = ModelKey(namespace: "team", id: "m")
  private static let text = QueryTextError(position: 3, message: "expected a value")
  private static let noReadings =
    "readings, and when an engine was observed, can be asked for in lists of the present alone"

  @Test(
    arguments: [
      (
        .notReady(progress: "1 of 2 engines asked"), .unavailable,
        "the list is not complete yet: 1 of 2 engines asked", "NOT_READY", [:]
      ),
      (
        .modelNotFound(key), .notFound, "there is no model 'm' in namespace 'team'", "MODEL_NOT_FOUND",
        ["namespace": "team", "id": "m"]
      ),
      (
        .invalid(field: "page_size", problem: "must not be negative"), .invalidArgument,
        "page_size: must not be negative", "INVALID_FIELD", ["field": "page_size"]
      ),
      (
        .malformed(field: "filter", text), .invalidArgument, "filter: at character 3: expected a value",
        "INVALID_FIELD", ["field": "filter", "position": "3"]
      ),
      (
        .readings(field: "order_by", .past), .invalidArgument, "order_by: \(noReadings): leave out at_revision",
        "INVALID_FIELD", ["field": "order_by"]
      ),
      (
        .readings(field: "filter", .diff), .invalidArgument, "filter: \(noReadings)", "INVALID_FIELD",
        ["field": "filter"]
      ),
      (
        .readings(field: "filter", .watch), .invalidArgument, "filter: \(noReadings)", "INVALID_FIELD",
        ["field": "filter"]
      ),
      (
        .past(.notRetained(oldest: 7), field: "at_revision"), .outOfRange,
        "that is before what is retained: the oldest revision is 7", "REVISION_COMPACTED", ["oldest": "7"]
      ),
      (
        .past(.notReached(head: 9), field: nil), .outOfRange, "that revision has not happened: the latest is 9",
        "REVISION_IN_FUTURE", ["head": "9"]
      ),
      (
        .past(.unknown, field: nil), .outOfRange,
        "no revision of this number is known: it was never given out, or it was lost", "REVISION_UNKNOWN", [:]
      ),
      (
        .pageTokenExpired(revision: 5, token: "t"), .outOfRange,
        "revision 5, which the pages before showed, is no longer known: start again, or go on with what is there now by "
          + "the page token in the details", "PAGE_TOKEN_EXPIRED", ["page_token": "t", "revision": "5"]
      ),
      (
        .tooManyLists, .resourceExhausted, "too many lists that take time are waiting: try again later",
        "TOO_MANY_LISTS", [:]
      ),
      (
        .limitReached(.watches, 3), .resourceExhausted, "3 watches run already (limit watches)", "TOO_MANY_WATCHES",
        ["limit": "watches"]
      ),
      (
        .limitReached(.listsPerPeer, 4), .resourceExhausted,
        "4 lists of this address wait already (limit lists-per-peer)", "TOO_MANY_LISTS", ["limit": "lists-per-peer"]
      ),
    ] as [(ReadError, Status.Code, String, String, [String: String])])
  func `a read error has its gRPC code, text, reason and metadata`(
    error: ReadError, code: Status.Code, text: String, reason: String, metadata: [String: String]
  ) {
    let status = Status(error)
    #expect(status.code == code)
    #expect(status.message == text)
    #expect(status.info == ErrorInfo(reason: reason, metadata: metadata))
  }

  @Test func `a cancelled read is CANCELLED without details`() {
    #expect(Status(ReadError.cancelled) == Status(Status.Code.cancelled))
  }

  @Test(
    arguments: [
      (.notReady(progress: ""), 503, "The list is not complete yet.", nil, "not_ready"),
      (.modelNotFound(key), 404, "The model 'm' does not exist", "model", "model_not_found"),
      (
        .invalid(field: "limit", problem: "must not be so"), 400, "'limit' must not be so.", "limit",
        "invalid_parameter"
      ),
      (
        .malformed(field: "filter", text), 400, "'filter' at character 3: expected a value.", "filter",
        "invalid_parameter"
      ),
      (
        .readings(field: "order_by", .past), 400, "'order_by' asks for too much: \(noReadings).", "order_by",
        "invalid_parameter"
      ),
      (.readings(field: "filter", .diff), 400, "'filter' \(noReadings).", "filter", "invalid_parameter"),
      (
        .readings(field: "filter", .watch), 400, "'filter' asks for too much: \(noReadings).", "filter",
        "invalid_parameter"
      ),
      (
        .past(.notRetained(oldest: 7), field: "at_revision"), 400,
        "The past cannot be read: that is before what is retained: the oldest revision is 7.", "at_revision",
        "revision_compacted"
      ),
      (
        .past(.notReached(head: 9), field: nil), 400,
        "The past cannot be read: that revision has not happened: the latest is 9.", nil, "revision_in_future"
      ),
      (
        .past(.unknown, field: nil), 400,
        "The past cannot be read: no revision of this number is known: it was never given out, or it was lost.", nil,
        "revision_unknown"
      ),
      (
        .pageTokenExpired(revision: 5, token: "t"), 410,
        "Revision 5, which the pages before showed, is no longer known: start again, or go on with what is there now by "
          + "the Link of this answer.", "page_token", "page_token_expired"
      ),
      (.tooManyLists, 503, "Too many lists that take time are waiting.", nil, "overloaded"),
      (
        .limitReached(.watchesPerPeer, 3), 503,
        "3 watches of this address run already (limit watches-per-peer).", nil, "overloaded"
      ),
      (
        .limitReached(.watchTextBytes, 9), 503,
        "Running watches hold 9 bytes of filters and names already (limit watch-text-bytes).", nil, "overloaded"
      ),
      (.cancelled, 503, "The request was cancelled.", nil, "overloaded"),
    ] as [(ReadError, Int, String, String?, String)])
  func `a read error has its REST status, text, parameter and code`(
    error: ReadError, status: Int, text: String, parameter: String?, code: String
  ) {
    let found = OpenAIError(error)
    #expect(found.status.code == status)
    #expect(found.message == text)
    #expect(found.param == parameter)
    #expect(found.code == code)
    #expect(found.retryAfter == (code == "not_ready" ? 1 : code == "overloaded" ? 5 : nil))
  }

  @Test func `an expired list links to the page where it goes on`() throws {
    let link = NextLink(try Query("limit=2&x=y"))
    let error = OpenAIError(.pageTokenExpired(revision: 5, token: "a b"), link: link)
    #expect(error.link == "</v1/models?limit=2&page_token=a%20b>; rel=\"next\"")
  }
}
