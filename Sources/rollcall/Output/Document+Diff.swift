internal import Catalog
internal import Wire

/// What changed, under the names of `rollcall.v1`.
extension Document {
  init(_ page: DiffPage, _ view: ClientOptions.View) {
    self = .object([
      Field("from_revision", .int(page.from.revision)),
      Field("from_time", .text(page.from.time.rfc3339)),
      Field("to_revision", .int(page.to.revision)),
      Field("to_time", .text(page.to.time.rfc3339)),
      Field("differences", .list(page.differences.map { Document($0, view) })),
    ])
  }

  private init(_ difference: DifferenceMessage, _ view: ClientOptions.View) {
    self = .object([
      Field("type", .text(difference.kind.name)),
      Field("before", difference.before.map { Document($0, view) } ?? .null),
      Field("after", difference.after.map { Document($0, view) } ?? .null),
    ])
  }
}
