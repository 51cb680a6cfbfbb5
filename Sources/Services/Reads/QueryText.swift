import Catalog

/// Parses `filter` and `order_by` of a request. nil and a text of blanks alone mean no filter, or the order by key.
enum QueryText {
  static func filter(_ text: String?) throws(ReadError) -> Filter? {
    guard let text, !isBlank(text) else { return nil }
    do throws(QueryTextError) {
      return try Filter(text)
    } catch {
      throw .malformed(field: "filter", error)
    }
  }

  /// Parses a filter over facts; throws where the filter uses readings. nil: no filter.
  static func filter(_ text: String?, only use: ReadError.FactsOnly) throws(ReadError) -> Filter? {
    let filter = try filter(text)
    if filter?.usesReadings == true { throw .readings(field: "filter", use) }
    return filter
  }

  static func order(_ text: String?) throws(ReadError) -> Order {
    guard let text, !isBlank(text) else { return .byKey }
    do throws(QueryTextError) {
      return try Order(text)
    } catch {
      throw .malformed(field: "order_by", error)
    }
  }

  /// The reason that a filter or an order with readings is refused.
  static let noReadings = "readings, and when an engine was observed, can be asked for in lists of the present alone"

  private static func isBlank(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 == UInt8(ascii: " ") || 9...13 ~= $0 }
  }
}
