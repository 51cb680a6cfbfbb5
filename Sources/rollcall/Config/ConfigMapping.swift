internal import Yams

/// One mapping of a YAML file, from which the caller takes known keys; a key that is left over is a mistake.
struct ConfigMapping: SettingsReader {
  /// The name of the file, with which errors begin.
  let file: String
  /// The line on which the mapping begins; 0 when unknown.
  let line: Int
  private var entries: [(key: String, line: Int, value: Node)] = []
  /// The keys that the caller has taken, present or not.
  private var known: [String] = []

  /// Throws `CommandError` when the node is not a mapping. `name` is the expected value's name in the error.
  init(_ node: Node, file: String, name: String) throws {
    self.file = file
    line = node.mark?.line ?? 0
    guard let mapping = node.mapping else {
      throw Self.error(file, line, "\(name) must be a mapping of keys to values")
    }
    let merged: MergedMapping
    do {
      merged = try MergedMapping(mapping)
    } catch {
      throw Self.error(file, error.line > 0 ? error.line : line, error.reason)
    }
    for (key, value) in merged.pairs {
      guard let text = key.scalar?.string else {
        throw Self.error(file, key.mark?.line ?? line, "a key must be a plain text")
      }
      entries.append((text, key.mark?.line ?? line, value))
    }
  }

  /// Whether there is a key.
  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Takes the node under a key, which is a known key from then on; nil when there is none.
  mutating func take(_ key: String) -> Node? {
    known.append(key)
    guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
    return entries.remove(at: index).value
  }

  /// Takes the text under a key. Numbers and booleans count as the text that the user wrote.
  mutating func text(_ key: String) throws -> String? {
    guard let node = take(key) else { return nil }
    return try text(node, of: key)
  }

  /// Takes the text under a key and converts it; errors of `convert` get the line.
  mutating func value<Value>(_ key: String, _ convert: (String) throws -> Value) throws -> Value? {
    guard let node = take(key) else { return nil }
    let text = try text(node, of: key)
    do {
      return try convert(text)
    } catch {
      throw Self.error(file, node.mark?.line ?? line, "\(key): \(error)")
    }
  }

  /// Takes a mapping of texts to texts under a key; empty when there is none.
  mutating func texts(_ key: String) throws -> [String: String] {
    guard let node = take(key) else { return [:] }
    let inner = try ConfigMapping(node, file: file, name: key)
    var out: [String: String] = [:]
    for entry in inner.entries { out[entry.key] = try inner.text(entry.value, of: "\(key).\(entry.key)") }
    return out
  }

  /// Takes the texts under a key as far as they are texts, and the names of the keys whose values are none; a value that
  /// is missing or empty counts as no key. Throws `CommandError` when the value is no mapping.
  mutating func looseTexts(_ key: String) throws -> (texts: [String: String], others: [String]) {
    guard let node = take(key), !node.isNull else { return ([:], []) }
    let inner = try ConfigMapping(node, file: file, name: key)
    var out: (texts: [String: String], others: [String]) = ([:], [])
    for entry in inner.entries where !entry.value.isNull && entry.value.scalar?.string.isEmpty != true {
      if let scalar = entry.value.scalar { out.texts[entry.key] = scalar.string } else { out.others.append(entry.key) }
    }
    return out
  }

  /// Drops the keys that begin with `x-`, in which people keep what anchors name.
  mutating func dropExtensions() { entries.removeAll { $0.key.hasPrefix("x-") } }

  /// All keys with their texts, in the order of the file.
  func pairs() throws -> [(key: String, text: String, line: Int)] {
    try entries.map { ($0.key, try text($0.value, of: $0.key), $0.line) }
  }

  /// Takes the texts under a key, a list or a single text; empty when there is none.
  mutating func list(_ key: String) throws -> [(text: String, line: Int)] {
    guard let node = take(key) else { return [] }
    return try (node.sequence.map { Array($0) } ?? [node]).map { (try text($0, of: key), $0.mark?.line ?? line) }
  }

  /// Converts the texts under a key; errors name the key and the line.
  mutating func list<Value>(_ key: String, _ convert: (String) throws -> Value) throws -> [Value] {
    try list(key).map { text, line in
      do {
        return try convert(text)
      } catch {
        throw Self.error(file, line, "\(key): \(error)")
      }
    }
  }

  /// Throws `CommandError` for the first key that the caller has not taken.
  func finish() throws {
    guard let entry = entries.first else { return }
    // A key that is no name may be a piece of an engine's key, as in {url: http://a, key:secret}.
    let isName =
      entry.key.utf8.allSatisfy { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "=") } && !entry.value.isNull
    let name = isName ? "there is no key \"\(entry.key)\" here" : "a key is unknown here"
    throw Self.error(file, entry.line, "\(name): known are \(known.joined(separator: ", "))")
  }

  private func text(_ node: Node, of key: String) throws -> String {
    guard let scalar = node.scalar, !node.isNull else {
      throw Self.error(file, node.mark?.line ?? line, "\(key) must have a value that is a text, a number or a duration")
    }
    return scalar.string
  }

  static func error(_ file: String, _ line: Int, _ message: String) -> CommandError {
    CommandError(line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)")
  }
}
