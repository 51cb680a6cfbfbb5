import Catalog
import Testing

@testable import Services

/// What a list is sorted by, in a token that cannot hold all of it.
@Suite struct TokenPositionTests {
  private static let key = ModelKey(namespace: "n", id: "m")
  private static let long = String(repeating: "a", count: 600)

  private func cut(_ values: [OrderValue]) -> [TokenPosition.Value] {
    TokenPosition(ListPosition(values: values, key: Self.key)).values
  }

  @Test func `texts share the room in a token, and numbers take none`() {
    let half = String(Self.long.prefix(256))
    #expect(
      cut([.text(half), .number(7), .text(half)]) == [.whole(.text(half)), .whole(.number(7)), .whole(.text(half))])
    let rest = Self.long.prefix(512 - 256)
    #expect(
      cut([.text(half), .text(Self.long), .text("x"), .absent])
        == [.whole(.text(half)), .beginning(String(rest)), .beginning(""), .whole(.absent)])
  }

  @Test(arguments: ["a", "é", "€", "😀"]) func `a text is cut between characters`(character: String) {
    for shift in 0..<4 {
      let text = String(repeating: "x", count: shift) + String(repeating: character, count: 600)
      guard case .beginning(let kept) = cut([.text(text)]).first else {
        Issue.record("not cut")
        return
      }
      #expect(text.utf8.starts(with: kept.utf8))
      #expect(509...512 ~= kept.utf8.count)
    }
  }

  @Test func `a list goes on behind the model where the model still has the cut text`() throws {
    let order = try Order("root, max_model_len desc")
    let position = TokenPosition(ListPosition(values: [.text(Self.long), .number(7)], key: Self.key))
    let same = position.position(order, own: [.text(Self.long + "z"), .number(9)])
    #expect(same == ListPosition(values: [.text(Self.long + "z"), .number(7)], key: Self.key))
  }

  @Test(arguments: ["root", "root desc", "labels.x desc, root"])
  func `a list goes on before all texts with the same beginning where the model has another text`(text: String) throws {
    let order = try Order(text)
    let full = [OrderValue](repeating: .text(Self.long), count: text.contains(",") ? 2 : 1)
    let position = TokenPosition(ListPosition(values: full, key: Self.key))
    for own in [nil, [OrderValue](repeating: .text("other"), count: 2), [.absent, .absent], []] {
      let start = position.position(order, own: own)
      #expect(start.key == Self.key)
      #expect(order.areInOrder(start.values, full) < 0)
      for tail in ["", "z", "😀"] {
        let other = full.map { _ in OrderValue.text(Self.long + tail) }
        #expect(order.areInOrder(start.values, other) < 0)
      }
    }
  }
}
