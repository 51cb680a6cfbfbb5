internal import Catalog
internal import Wire

/// Prints the events of a watch: each as a line, as a JSON object on a line, or as a YAML document.
struct WatchPrinter {
  let format: OutputFormat
  let view: ClientOptions.View
  /// Whether the first SYNCED has arrived. Later SYNCED events are bookmarks.
  private var isInSync = false

  init(format: OutputFormat, view: ClientOptions.View) {
    self.format = format
    self.view = view
  }

  mutating func print(_ event: WatchEvent) throws {
    switch format {
    case .table: try printLine(event)
    case .json: try Terminal.print(Document(event, view).json + "\n")
    case .yaml: try Terminal.print("---\n" + Document(event, view).yaml())
    }
  }

  /// SYNCED and RESET concern the list and not a model, so they go to standard error.
  private mutating func printLine(_ event: WatchEvent) throws {
    switch event.kind {
    case .synced:
      if !isInSync { Terminal.note("rollcall: this is the whole list at revision \(event.revision); changes follow") }
      isInSync = true
    case .reset:
      isInSync = false
      Terminal.note("rollcall: RESET: the events before are void, the whole list follows")
    case .added, .modified, .removed, .readings:
      let lines = ReplicaLines(event, view, at: .now, width: TerminalSize.now?.width)
      let colored = Terminal.isColored
      try Terminal.print(Self.line(event, at: .now, colored: colored) + lines.text(colored: colored))
    }
  }

  /// The line of an event: time, type, state, ready replicas of all replicas, id, and the namespace when it is not the
  /// default.
  static func line(_ event: WatchEvent, at now: Timestamp, colored: Bool) -> String {
    let model = event.model?.model
    let state = model?.state.name ?? "-"
    let replicas = model.map { "\($0.readyReplicas)/\($0.totalReplicas)" } ?? "-"
    var cells = [
      String(now.rfc3339.prefix(19)) + "Z", event.kind.name.padded(8),
      StateColor.paint(state, state.padded(11), colored: colored), replicas.padded(5),
      Formatted.text(event.key?.id ?? ""),
    ]
    if let namespace = event.key?.namespace, namespace != defaultNamespace {
      cells.append("namespace=\(Formatted.text(namespace))")
    }
    return cells.joined(separator: "  ") + "\n"
  }
}
