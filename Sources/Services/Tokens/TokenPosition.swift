import Catalog

/// The last model of a page, as a token holds it: its key, and its values of the fields that sort the list.
///
/// A text to sort by may be long, and tokens stand in addresses and header fields: all of them together get 512 bytes,
/// and what is longer is cut. Pages of one snapshot do not need them, as the model is still in it. Elsewhere the list
/// goes on behind the model if it still has a text that begins like this, else before all that do: models may then come
/// twice, but none is left out.
struct TokenPosition: Hashable {
  enum Value: Hashable {
    case whole(OrderValue)
    /// A text that goes on.
    case beginning(String)
  }

  private static let textLimit = 512
  /// As many fields as an `order_by` may have.
  private static let valueLimit = 8
  /// Bytes that it takes at most: two identifiers, and eight values with a byte for the kind and eight for a number, or
  /// two for the length of a text.
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

  /// The position where another list continues. `own`: the model's values now, nil when it is gone.
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

extension String {
  /// Its beginning of at most so many bytes, cut between characters.
  fileprivate func prefix(bytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(utf8.startIndex, offsetBy: limit)
    while end.samePosition(in: unicodeScalars) == nil { utf8.formIndex(before: &end) }
    return String(self[..<end])
  }
}
