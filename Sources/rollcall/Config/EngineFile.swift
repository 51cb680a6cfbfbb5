internal import Fleet
internal import Sources
internal import Yams

/// A file of engines, in YAML or JSON. It holds a list of engines as in the configuration, bare or under `engines`, or
/// target groups as in Prometheus' `file_sd` (`targets` and `labels`). One list may hold both.
///
/// An entry that is no engine costs itself alone, and the content names it. A file of which no entry is an engine is no
/// file of engines: its writer has made one mistake, and not as many as there are entries.
enum EngineFile {
  /// Reads the file at a path. Throws `CommandError` with the file's name and, where it is known, the line.
  static func read(_ path: String) throws -> FileContent {
    try content(YAMLText.read(path), file: path)
  }

  static func content(_ text: String, file: String) throws -> FileContent {
    let (root, hasMore) = try YAMLText.composeFirst(text, file: file)
    guard let root, let list = try list(root, file: file) else {
      throw CommandError("\(file) is not a list of engines: write '[]' if there are none")
    }
    var entries = EngineEntries(file: file)
    for node in list { entries.add(node) }
    if hasMore { entries.note(CommandError("\(file): the documents after the first are not read")) }
    let content = entries.content
    if content.engines.isEmpty, let mistake = entries.firstMistake { throw mistake }
    return content
  }

  private static func list(_ root: Node, file: String) throws -> Node.Sequence? {
    if let sequence = root.sequence { return sequence }
    guard root.mapping != nil else { return nil }
    var mapping = try ConfigMapping(root, file: file, name: "the file")
    return mapping.take("engines")?.sequence
  }
}

/// The entries of a file of engines as they are read, in its order.
private struct EngineEntries {
  private enum Entry {
    case engine(EngineSpec, line: Int)
    case target(TargetEntry)
  }

  let file: String
  private var entries: [Entry] = []
  /// The targets by place, as indices of entries.
  private var targets: [EnginePlace: Int] = [:]
  private var notices: [String] = []
  /// Why the first entry that is no engine is none.
  private(set) var firstMistake: CommandError?
  /// The notices beyond the limit, which are counted alone.
  private var uncounted = 0

  init(file: String) {
    self.file = file
  }

  mutating func note(_ notice: CommandError) {
    let text = notice.description
    guard !notices.contains(text) else { return }
    if notices.count < SourceAnswer.noticeLimit { notices.append(text) } else { uncounted += 1 }
  }

  private mutating func leaveOut(_ error: any Error) {
    let error = error as? CommandError ?? CommandError("\(file): \(error)")
    firstMistake = firstMistake ?? error
    note(error)
  }

  mutating func add(_ node: Node) {
    do {
      if try isGroup(node) {
        try addTargets(of: TargetGroup(node, file: file))
      } else {
        let spec = try EngineNode.engine(node, file: file)
        let isNamed = try ConfigMapping(node, file: file, name: "an engine").has("id")
        entries.append(.engine(isNamed ? spec : spec.withDerivedID, line: node.mark?.line ?? 0))
      }
    } catch {
      leaveOut(error)
    }
  }

  private func isGroup(_ node: Node) throws -> Bool {
    try node.mapping != nil && ConfigMapping(node, file: file, name: "an entry").has("targets")
  }

  private mutating func addTargets(of group: TargetGroup) throws {
    for notice in group.notices { note(notice) }
    for error in group.mistakes { leaveOut(error) }
    for target in group.targets {
      let place: EnginePlace
      do {
        place = try target.spec().place
      } catch {
        leaveOut(ConfigMapping.error(file, target.line, "\(error)"))
        continue
      }
      if let index = targets[place], case .target(var known) = entries[index] {
        for text in known.merge(target) { note(ConfigMapping.error(file, target.line, text)) }
        entries[index] = .target(known)
      } else {
        targets[place] = entries.count
        entries.append(.target(target))
      }
    }
  }

  /// The engines of all entries. Of two with one id or at one place the first counts.
  var content: FileContent {
    mutating get {
      var ids: Set<String> = []
      var places: Set<EnginePlace> = []
      var engines: [EngineSpec] = []
      for entry in entries {
        do {
          let (spec, line) = try engine(entry, ids)
          guard ids.insert(spec.id).inserted else {
            throw ConfigMapping.error(
              file, line, "two engines have the id '\(spec.id)': remove one or give it another id")
          }
          guard places.insert(spec.place).inserted else {
            throw ConfigMapping.error(
              file, line,
              "two engines of namespace '\(spec.namespace)' have the URL \(spec.url): remove one, or give it another namespace"
            )
          }
          engines.append(spec)
        } catch {
          leaveOut(error)
        }
      }
      let rest = uncounted > 0 ? ["\(file): and \(uncounted) more"] : []
      return FileContent(engines: engines, notices: notices + rest)
    }
  }

  /// `taken`: the ids of the engines before it. Two Rollcalls may have given one id to two engines.
  private func engine(_ entry: Entry, _ taken: Set<String>) throws -> (EngineSpec, line: Int) {
    switch entry {
    case .engine(let spec, let line): return (spec, line)
    case .target(let target):
      do {
        let spec = try target.spec()
        return (taken.contains(spec.id) ? try target.spec(hasOwnID: false) : spec, target.line)
      } catch {
        throw ConfigMapping.error(file, target.line, "\(error)")
      }
    }
  }
}
