import Catalog
import Messages

/// The last model of a page, as a token holds it: the model's key, and its values of the fields that sort the list.
///
/// A text to sort by may be long, and tokens stand in URLs and header fields. All texts together get 512 bytes, and
/// longer texts are cut. Pages of one snapshot do not need the texts, as the model is still in the snapshot. In another
/// snapshot the list continues after the model if its text still begins with the cut text. Otherwise it continues
/// before all models whose texts begin so: a model may then come twice, but none is left out.
struct TokenPosition: Hashable {
  enum Value: Hashable {
    case whole(OrderValue)
    /// The beginning of a text that was cut.
    case beginning(String)
  }

  private static let textLimit = 512
  /// The largest number of fields in an `order_by`.
  private static let valueLimit = 8
  /// The largest size in bytes: two identifiers, and eight values. A value has a byte for its kind, and eight bytes for
  /// a number or two for the length of a text.
  static let maxByteCount = 2 * (2 + Observation.identifierLimit) + 1 + valueLimit * 9 + textLimit

  var key: ModelKey
  var values: [Value]

  init(key: ModelKey, values: [Value] = []) {
    self.key = key
    self.values = values
  }

  init(_ position: ListPosition) {
    var room = Self.textLimit
    let values = position.values.map { value -> Value in
      guard case .text(let text) = value else { return .whole(value) }
      let kept = text.prefix(bytes: room)
      room -= kept.utf8.count
      return kept.utf8.count == text.utf8.count ? .whole(value) : .beginning(kept)
    }
    self.init(key: position.key, values: values)
  }

  /// The position where another list continues. `own` holds the model's present values; nil when the model is gone.
  func position(_ order: Order, own: [OrderValue]?) -> ListPosition {
    var found = [OrderValue]()
    for (index, value) in values.enumerated() {
      switch value {
      case .whole(let value): found.append(value)
      case .beginning(let text):
        if let own, own.indices.contains(index), case .text(let whole) = own[index],
          whole.utf8.starts(with: text.utf8)
        {
          found.append(own[index])
        } else {
          found.append(.text(order.isDescending(index, of: values.count) ? text + "\u{10FFFF}" : text))
        }
      }
    }
    return ListPosition(values: found, key: key)
  }
}

extension Order {
  /// Whether greater texts of a field come first.
  fileprivate func isDescending(_ index: Int, of count: Int) -> Bool {
    let lesser = [OrderValue](repeating: .text("a"), count: count)
    var greater = lesser
    greater[index] = .text("b")
    return areInOrder(greater, lesser) < 0
  }
}
