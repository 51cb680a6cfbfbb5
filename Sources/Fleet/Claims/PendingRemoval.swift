/// What a source gives to think of an engine that it no longer names: part of the engine's reason, behind `; ` when the
/// engine has one of its own.
enum PendingRemoval {
  private static let start = "source "
  private static let end = " no longer names it, which is not believed yet"

  static func text(source: String) -> String { start + source + end }

  /// A reason as the store has it, without the doubt.
  static func removed(from reason: String) -> String {
    guard reason.hasSuffix(end), let range = reason.dropLast(end.count).ranges(of: start).last else { return reason }
    let own = reason[..<range.lowerBound]
    return own.isEmpty ? "" : own.hasSuffix("; ") ? String(own.dropLast(2)) : reason
  }
}
