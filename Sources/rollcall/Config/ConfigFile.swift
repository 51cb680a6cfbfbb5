internal import Fleet
internal import Foundation
internal import Logging
internal import Yams

/// What a configuration file says; nil where it says nothing.
struct ConfigFile: Equatable {
  var listen: HostPort?
  var probeInterval: Duration?
  var probeTimeout: Duration?
  var forgetAfter: Duration?
  var rise: Int?
  var fall: Int?
  var stallAfter: Duration?
  var proofOfLife: Duration?
  var proofTimeout: Duration?
  var logLevel: Logger.Level?
  var measureLoops: Bool?
  var place: StorePlace?
  var history: Duration?
  var historyChanges: Int?
  /// Bytes.
  var historySize: Int?
  var remember: Duration?
  var commitDelay: Duration?
  var adminInsecure: Bool?
  var sources = SourceSettings()
  var engines: [EngineSpec] = []
  /// There is an `engines` key, empty or not.
  var saysEngines = false

  /// Bytes; a thousand engines take a tenth of it.
  static let sizeLimit = 8 << 20
  private static let keys =
    ["listen", "log_level", "measure_loops", "engines"] + probeKeys + sourceKeys + storeKeys

  init() {}

  /// Throws `CommandError` with the file's name and, where it is known, the line.
  static func read(_ path: String) throws -> ConfigFile {
    try ConfigFile(try text(of: path), file: path)
  }

  /// Throws `CommandError` with the file's name.
  static func text(of path: String) throws -> String {
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

  /// `file` is what errors call the text. Throws `CommandError`.
  init(_ text: String, file: String) throws {
    guard let root = try Self.compose(text, file: file) else { return }
    var mapping = try ConfigMapping(root, file: file, what: "the file")
    listen = try mapping.value("listen") { try HostPort($0) }
    try readProbes(&mapping)
    try readSources(&mapping)
    logLevel = try mapping.value("log_level", parseLogLevel)
    measureLoops = try mapping.value("measure_loops", parseSwitch)
    try readStore(&mapping)
    if let node = mapping.take("engines") {
      saysEngines = true
      guard let sequence = node.sequence else {
        throw ConfigMapping.error(file, node.mark?.line ?? 0, "engines must be a list, each with a url")
      }
      engines = try sequence.map { try EngineNode.engine($0, file: file) }
    }
    try mapping.finish(known: Self.keys)
  }

  /// nil for an empty text. Throws `CommandError`.
  static func compose(_ text: String, file: String) throws -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigMapping.error(file, error.line, "this is not YAML: \(error.problem)")
    }
  }
}

extension YamlError {
  /// 0 when unknown.
  fileprivate var line: Int {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
    case .duplicatedKeysInMapping(_, let context): context.mark.line
    default: 0
    }
  }

  /// In one line.
  fileprivate var problem: String {
    switch self {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
    case .duplicatedKeysInMapping(let keys, _):
      "the same key twice: \(keys.joined(separator: ", "))"
    default: "\(self)".replacing("\n", with: " ")
    }
  }
}
