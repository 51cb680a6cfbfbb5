import Catalog

/// `filter` and `order_by` as requests carry them: nothing but blanks is none.
enum QueryText {
  static func filter(_ text: String) throws(QueryTextError) -> Filter? {
    isBlank(text) ? nil : try Filter(text)
  }

  static func order(_ text: String) throws(QueryTextError) -> Order {
    isBlank(text) ? .byKey : try Order(text)
  }

  /// Why a filter or an order that uses readings is refused.
  static let noReadings = "readings, and when an engine was observed, can be asked for in lists of the present alone"

  private static func isBlank(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 == UInt8(ascii: " ") || 9...13 ~= $0 }
  }
}
