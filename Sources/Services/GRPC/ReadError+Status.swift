import Catalog
import GRPC
import HTTP
import Wire

/// The only mapping of `ReadError` to gRPC.
extension Status {
  init(_ error: ReadError) {
    switch error {
    case .notReady(let progress):
      self.init(.unavailable, ReadError.text(notReady: progress), reason: "NOT_READY")
    case .modelNotFound(let key):
      self = .modelNotFound(key)
    case .invalid(let field, let problem):
      self = .invalidArgument(field: field, problem)
    case .malformed(let field, let error):
      self = .invalidArgument(
        field: field, "at character \(error.position): \(error.message)", metadata: ["position": String(error.position)]
      )
    case .readings(let field, let use):
      self = .invalidArgument(field: field, QueryText.noReadings + (use == .past ? ": leave out at_revision" : ""))
    case .past(let error, _):
      self.init(error)
    case .pageTokenExpired(let revision, let token):
      self.init(
        .outOfRange,
        "revision \(revision), which the pages before showed, is no longer known: start again, or go on with what is "
          + "there now by the page token in the details",
        reason: "PAGE_TOKEN_EXPIRED", metadata: ["page_token": token, "revision": String(revision)])
    case .tooManyLists:
      self.init(
        .resourceExhausted, "too many lists that take time are waiting: try again later", reason: "TOO_MANY_LISTS")
    case .limitReached(let limit, let value):
      self.init(
        .resourceExhausted, ReadError.text(limit, value),
        reason: limit == .listsPerPeer ? "TOO_MANY_LISTS" : "TOO_MANY_WATCHES", metadata: ["limit": limit.name])
    case .cancelled:
      self.init(Code.cancelled)
    }
  }

  private init(_ error: PastError) {
    let (reason, metadata) =
      switch error {
      case .notRetained(let oldest): ("REVISION_COMPACTED", ["oldest": String(oldest)])
      case .notReached(let head): ("REVISION_IN_FUTURE", ["head": String(head)])
      case .unknown: ("REVISION_UNKNOWN", [:])
      }
    self.init(.outOfRange, error.text, reason: reason, metadata: metadata)
  }
}

/// Runs a read and maps its error to a status.
func statused<R>(_ read: () throws(ReadError) -> R) throws(Status) -> R {
  do throws(ReadError) {
    return try read()
  } catch {
    throw Status(error)
  }
}

func statused<R>(_ read: () async throws(ReadError) -> R) async throws(Status) -> R {
  do throws(ReadError) {
    return try await read()
  } catch {
    throw Status(error)
  }
}
