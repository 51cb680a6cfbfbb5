import Catalog

/// An `order_by`, and a plain sort by it.
struct RandomOrder {
  struct Field {
    var field: QueryField
    var isDescending: Bool
  }

  var fields: [Field]

  func names(_ field: QueryField) -> Bool { fields.contains { $0.field == field } }

  func text(_ random: inout Chance) -> String {
    let writer = FilterWriter(random: random)
    var text = ""
    for (index, field) in fields.enumerated() {
      if index > 0 { text += random.pick([",", ", ", " , "]) }
      text += writer.name(field.field)
      if field.isDescending { text += random.pick([" desc", "  desc"]) }
    }
    return text
  }

  /// Below 0 when `a` comes first, above when `b` does, 0 when they tie. What is absent comes last, up and down.
  func compare(_ a: Model, _ b: Model) -> Int {
    for field in fields {
      switch (field.field.values(of: a).first, field.field.values(of: b).first) {
      case (nil, nil): break
      case (nil, _): return 1
      case (_, nil): return -1
      case (let one?, let other?):
        let order = compareValues(one, other)
        if order != 0 { return field.isDescending ? -order : order }
      }
    }
    return 0
  }
}

private func compareValues(_ a: QueryValue, _ b: QueryValue) -> Int {
  switch (a, b) {
  case (.text(let a), .text(let b)):
    bytes(a) == bytes(b) ? 0 : bytes(a).lexicographicallyPrecedes(bytes(b)) ? -1 : 1
  case (.name(_, let a), .name(_, let b)): Int(a) - Int(b)
  case (.number(let a), .number(let b)): a == b ? 0 : a < b ? -1 : 1
  case (.moment(let a), .moment(let b)): a == b ? 0 : a < b ? -1 : 1
  default: preconditionFailure("values of one field are of one type")
  }
}
