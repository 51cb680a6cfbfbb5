import Catalog
import GRPC
import HTTP
import Wire

/// How often READINGS may come.
enum ReadingsInterval {
  static let range: ClosedRange<Duration> = .seconds(1) ... .seconds(3600)

  /// nil for nil.
  static func checked(_ interval: Duration?, _ view: ModelView) throws(Status) -> Duration? {
    guard let interval else { return nil }
    guard view == .full else { throw .invalidArgument(field: "readings_interval", "goes with view FULL alone") }
    guard range.contains(interval) else {
      throw .invalidArgument(field: "readings_interval", "must be from 1 s to 1 h")
    }
    return interval
  }

  /// nil when the parameter is absent.
  static func parsed(_ query: Query, _ view: ModelView) throws(QueryError) -> Duration? {
    let name = "readings_interval"
    guard let text = try query.value(name) else { return nil }
    guard let interval = duration(text), range.contains(interval) else {
      throw QueryError(parameter: name, problem: .value("a duration from 1s to 1h, such as 5s"))
    }
    guard view == .full else { throw QueryError(parameter: name, problem: .text("goes with view=full alone")) }
    return interval
  }

  /// Of a decimal number and a unit, as `1.5s`; nil for another text.
  private static func duration(_ text: String) -> Duration? {
    for (unit, seconds) in [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)] where text.hasSuffix(unit) {
      let number = text.dropLast(unit.count)
      guard number.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }), let value = Double(number), value < 1e9 else {
        return nil
      }
      return .seconds(value * seconds)
    }
    return nil
  }
}
