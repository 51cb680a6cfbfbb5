import Catalog
import HTTP
import HTTPTypes
import Wire

/// A watch over server-sent events, as a client asks for it.
extension WatchRead {
  /// Reads the watch from a request; nil when the request asks for no watch.
  init?(_ request: Request, _ query: Query) throws(OpenAIError) {
    guard try restParameter({ () throws(QueryError) in try query.flag("watch") }) else { return nil }
    let (common, interval, text) = try restParameter { () throws(QueryError) in
      let common = try ReadQuery(request, query)
      return (common, try Self.interval(query, common.view), try query.value("filter"))
    }
    (namespace, view, readingsInterval) = (common.namespace, common.view, interval)
    filter = try restRead { () throws(ReadError) in try QueryText.filter(text, only: .watch) }
    startRevision = try restParameter { () throws(QueryError) in try Self.startRevision(request, query) }
  }

  private static func startRevision(_ request: Request, _ query: Query) throws(QueryError) -> Int64 {
    for name in ["order_by", "limit", "after", "after_id", "before_id", "page_token", "at_revision"]
    where try query.value(name) != nil {
      throw QueryError(parameter: name, problem: .value("left out of a watch"))
    }
    // A client that reconnects repeats its URL and sends its last position in `Last-Event-ID`.
    let start = try query.value("start_revision")
    guard let resumed = request[.lastEventID], !resumed.isEmpty else {
      return try parsedRevision("start_revision", start)
    }
    // EventSource gives up for good on an error, so a position that the server never gave out is answered by RESET.
    guard let revision = Int64(resumed), revision > 0 else { return Self.unknownRevision }
    return revision
  }

  /// A revision that no server reaches: a watch from it starts with RESET.
  private static let unknownRevision = Int64.max

  /// The interval of READINGS; nil when the parameter is absent.
  private static func interval(_ query: Query, _ view: ModelView) throws(QueryError) -> Duration? {
    let name = "readings_interval"
    guard let text = try query.value(name) else { return nil }
    guard let interval = duration(text), intervals.contains(interval) else {
      throw QueryError(parameter: name, problem: .value("a duration from 1s to 1h, such as 5s"))
    }
    guard view == .full else { throw QueryError(parameter: name, problem: .text("goes with view=full alone")) }
    return interval
  }

  /// The duration of a decimal number and a unit, such as `1.5s`; nil for any other text.
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

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
