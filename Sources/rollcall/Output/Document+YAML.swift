internal import Yams

extension Document {
  /// One YAML document, ending in a line break.
  func yaml() throws -> String {
    try Yams.serialize(node: node, width: -1, allowUnicode: true)
  }

  private var node: Node {
    switch self {
    case .null: Node("null", Tag(.null))
    case .bool(let value): Node(value ? "true" : "false", Tag(.bool))
    case .int(let value): Node(String(value), Tag(.int))
    case .double(let value): Node("\(value)", Tag(.float))
    case .text(let text): Self.quotedWhereNeeded(text)
    case .list(let items): Node(items.map(\.node), Tag(.seq))
    case .object(let fields):
      Node(fields.map { (Self.quotedWhereNeeded($0.name), $0.value.node) }, Tag(.map))
    }
  }

  /// A text that would be read as something else (`true`, `1.5`, `null`) is quoted.
  private static func quotedWhereNeeded(_ text: String) -> Node {
    let isText = Resolver.default.resolveTag(of: Node(text)) == .str
    return Node(text, Tag(.str), isText ? .any : .doubleQuoted)
  }
}
