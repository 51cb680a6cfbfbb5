import Catalog
import Wire

/// The two moments that a diff compares.
struct DiffSpan: Hashable, Sendable {
  var from: PastPoint
  var to: PastPoint

  init(from: PastPoint, to: PastPoint) {
    self.from = from
    self.to = to
  }

  init(_ request: DiffRequest) throws(ReadError) {
    let from = try Self.point("from", request.fromRevision, request.fromTime)
    let to = try Self.point("to", request.toRevision, request.toTime)
    guard let from else { throw .invalid(field: "from_revision", problem: "must be given, or from_time") }
    self.init(from: from, to: to ?? .present)
    switch (self.from, self.to) {
    case (.revision(let from), .revision(let to)) where from > to: throw outOfOrder
    case (.time(let from), .time(let to)) where from > to: throw outOfOrder
    default: break
    }
  }

  /// The point that a request names; nil when it has neither a revision nor a time. Revision 0 means that none is
  /// given.
  private static func point(_ name: String, _ revision: Int64, _ time: Timestamp?) throws(ReadError) -> PastPoint? {
    guard revision >= 0 else { throw .invalid(field: "\(name)_revision", problem: "must not be negative") }
    guard let time else { return revision == 0 ? nil : .revision(revision) }
    guard revision == 0 else {
      throw .invalid(
        field: "\(name)_time", problem: "must not stand beside \(name)_revision: give one of them")
    }
    return .time(time)
  }

  var outOfOrder: ReadError {
    .invalid(field: to.name("to"), problem: "must not be before \(from.name("from"))")
  }
}

extension PastPoint {
  fileprivate func name(_ side: String) -> String {
    if case .time = self { "\(side)_time" } else { "\(side)_revision" }
  }
}
