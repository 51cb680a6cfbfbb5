internal import Foundation
internal import Yams

/// Reads YAML texts: the configuration file and files of engines.
enum YAMLText {
  /// The most bytes of a file; a thousand engines take a tenth of it.
  static let sizeLimit = 8 << 20

  /// Reads the text of a file. Throws `CommandError` with the file's name.
  static func read(_ path: String) throws -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CommandError("cannot open \(path): it does not exist or may not be read")
    }
    defer { try? handle.close() }
    let data: Data
    do {
      data = try handle.read(upToCount: sizeLimit + 1) ?? Data()
    } catch {
      throw CommandError("cannot read \(path): \(error.localizedDescription)")
    }
    guard data.count <= sizeLimit else { throw CommandError("\(path) is larger than \(sizeLimit >> 20) MiB") }
    guard let text = String(data: data, encoding: .utf8) else { throw CommandError("\(path) is not UTF-8") }
    return text
  }

  /// Parses a document and returns its root; nil for an empty text. `file` is its name in errors. Throws
  /// `CommandError`.
  static func compose(_ text: String, file: String) throws -> Node? {
    try parse(text, file: file) { try Yams.compose(yaml: $0) }
  }

  /// Parses the first of the documents, as Prometheus does, and returns its root and whether more follow it.
  static func composeFirst(_ text: String, file: String) throws -> (root: Node?, hasMore: Bool) {
    try parse(text, file: file) { text in
      do {
        let parser = try Parser(yaml: text)
        let root = try parser.nextRoot()
        return (root, root != nil && text.contains("---") && !isEnd(of: parser))
      } catch let error as YamlError {
        // JSON may have what YAML has not: a key twice, and characters beyond the Basic Multilingual Plane as escapes.
        guard let root = try? JSONDecoder().decode(JSONNode.self, from: Data(text.utf8)) else { throw error }
        return (root.node, false)
      }
    }
  }

  private static func isEnd(of parser: Parser) -> Bool {
    do { return try parser.nextRoot() == nil } catch { return false }
  }

  /// Hands on a text without the byte order mark with which some editors begin it.
  private static func parse<Result>(_ text: String, file: String, _ body: (String) throws -> Result) throws -> Result {
    let mark: Unicode.Scalar = "\u{feff}"
    do {
      return try body(text.unicodeScalars.first == mark ? String(text.unicodeScalars.dropFirst()) : text)
    } catch let error as YamlError {
      throw ConfigMapping.error(file, error.line, "this is not YAML: \(error.problem)")
    }
  }
}

extension Node {
  /// Whether the value is missing: null, or nothing after a key.
  var isNull: Bool {
    scalar.map { $0.style == .plain && ["", "~", "null", "Null", "NULL"].contains($0.string) } ?? false
  }
}

/// A value of JSON, as the node that YAML would make of it. Of a key twice one value counts.
private struct JSONNode: Decodable {
  let node: Node

  init(from decoder: any Decoder) throws {
    if let object = try? decoder.singleValueContainer().decode([String: JSONNode].self) {
      let pairs = object.sorted { $0.key < $1.key }.map { (Self.text($0.key), $0.value.node) }
      node = .mapping(Node.Mapping(pairs))
    } else if let list = try? decoder.singleValueContainer().decode([JSONNode].self) {
      node = .sequence(Node.Sequence(list.map(\.node)))
    } else {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        node = .scalar(Node.Scalar("null", Tag(.null), .plain))
      } else if let text = try? value.decode(String.self) {
        node = Self.text(text)
      } else if let flag = try? value.decode(Bool.self) {
        node = Self.text("\(flag)")
      } else if let number = try? value.decode(Int.self) {
        node = Self.text("\(number)")
      } else {
        node = Self.text("\(try value.decode(Double.self))")
      }
    }
  }

  private static func text(_ text: String) -> Node { .scalar(Node.Scalar(text, Tag(.str), .doubleQuoted)) }
}

extension YamlError {
  /// The line of the error; 0 when unknown.
  fileprivate var line: Int {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
    case .duplicatedKeysInMapping(_, let context): context.mark.line
    case .reader(_, let offset?, _, let text): text.prefix(offset).count(where: \.isNewline) + 1
    default: 0
    }
  }

  /// The error's message on one line, without pieces of the text: they may be of a key.
  fileprivate var problem: String {
    switch self {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
    case .reader(let problem, _, _, _): problem
    case .duplicatedKeysInMapping(let keys, _):
      "the same key twice: \(keys.joined(separator: ", "))"
    default: "it cannot be read"
    }
  }
}
