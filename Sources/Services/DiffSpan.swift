import Catalog

/// The two moments that a diff is asked for.
struct DiffSpan: Hashable, Sendable {
  var from: PastPoint
  var to: PastPoint

  init(from: PastPoint, to: PastPoint) {
    self.from = from
    self.to = to
  }

  /// A revision of 0 is none.
  init(fromRevision: Int64, fromTime: Timestamp?, toRevision: Int64, toTime: Timestamp?) throws(DiffError) {
    let from = try Self.point("from", fromRevision, fromTime)
    let to = try Self.point("to", toRevision, toTime)
    guard let from else { throw .field("from_revision", "must be given, or from_time") }
    self.init(from: from, to: to ?? .present)
    switch (self.from, self.to) {
    case (.revision(let from), .revision(let to)) where from > to: throw outOfOrder
    case (.time(let from), .time(let to)) where from > to: throw outOfOrder
    default: break
    }
  }

  private static func point(_ name: String, _ revision: Int64, _ time: Timestamp?) throws(DiffError) -> PastPoint? {
    guard revision >= 0 else { throw .field("\(name)_revision", "must not be negative") }
    guard let time else { return revision == 0 ? nil : .revision(revision) }
    guard revision == 0 else {
      throw .field("\(name)_time", "must not stand beside \(name)_revision: give one of them")
    }
    return .time(time)
  }

  var outOfOrder: DiffError {
    .field(to.name("to"), "must not be before \(from.name("from"))")
  }
}

extension PastPoint {
  fileprivate func name(_ side: String) -> String {
    if case .time = self { "\(side)_time" } else { "\(side)_revision" }
  }
}

/// Why there is no diff.
enum DiffError: Error, Hashable {
  /// A field of the request is to blame.
  case field(String, String)
  case filter(QueryTextError)
  case past(PastError)
}
