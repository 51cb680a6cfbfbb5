internal import HTTP
internal import Yams

/// Encodes documents as JSON.
extension Document {
  /// The document on one line.
  var json: String {
    var bytes: [UInt8] = []
    append(to: &bytes, indent: nil)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The document over several indented lines, for users.
  var prettyJSON: String {
    var bytes: [UInt8] = []
    append(to: &bytes, indent: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func append(to bytes: inout [UInt8], indent: Int?) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .int(let value): bytes += String(value).utf8
    // JSON has no infinities and no NaN.
    case .double(let value): bytes += (value.isFinite ? "\(value)" : "null").utf8
    case .text(let text): JSONText.append(text, to: &bytes)
    case .list(let items):
      Self.append(items, between: "[", "]", to: &bytes, indent: indent) { item, bytes, indent in
        item.append(to: &bytes, indent: indent)
      }
    case .object(let fields):
      Self.append(fields, between: "{", "}", to: &bytes, indent: indent) { field, bytes, indent in
        JSONText.append(field.name, to: &bytes)
        bytes += (indent == nil ? ":" : ": ").utf8
        field.value.append(to: &bytes, indent: indent)
      }
    }
  }

  private static func append<Item>(
    _ items: [Item], between open: String, _ close: String, to bytes: inout [UInt8], indent: Int?,
    _ each: (Item, inout [UInt8], Int?) -> Void
  ) {
    bytes += open.utf8
    let inner = indent.map { $0 + 2 }
    for (position, item) in items.enumerated() {
      if position > 0 { bytes += ",".utf8 }
      breakLine(&bytes, inner)
      each(item, &bytes, inner)
    }
    if !items.isEmpty { breakLine(&bytes, indent) }
    bytes += close.utf8
  }

  private static func breakLine(_ bytes: inout [UInt8], _ indent: Int?) {
    guard let indent else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: indent)
  }
}

/// Encodes documents as YAML.
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

  /// A text as a YAML node, quoted when YAML would read it as another type (`true`, `1.5`, `null`).
  private static func quotedWhereNeeded(_ text: String) -> Node {
    let isText = Resolver.default.resolveTag(of: Node(text)) == .str
    return Node(text, Tag(.str), isText ? .any : .doubleQuoted)
  }
}
