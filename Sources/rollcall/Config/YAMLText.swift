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
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigMapping.error(file, error.line, "this is not YAML: \(error.problem)")
    }
  }
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
