internal import Catalog
internal import Wire

/// The lines below an event of a watch in view FULL: a line for each replica with its readings, and the reason of its
/// state.
struct ReplicaLines {
  private struct Line {
    var name: String
    var state: ModelState?
    var reason = ""
    var reading: ReplicaReading?
  }

  private var lines: [Line] = []
  private let now: Timestamp
  private let width: Int?

  /// In view BASIC there are no lines. `width`: cells of the terminal; nil: no limit.
  init(_ event: WatchEvent, _ view: ClientOptions.View, at now: Timestamp, width: Int?) {
    self.now = now
    self.width = width
    guard view == .full else { return }
    if let message = event.model {
      lines = message.model.replicas.map { replica in
        Line(
          name: replica.engineID, state: replica.condition.state, reason: replica.condition.reason,
          reading: message.replicas[replica.engineID])
      }
    } else if let readings = event.readings {
      lines = readings.replicas.sorted { $0.key < $1.key }.map { Line(name: $0.key, reading: $0.value) }
    }
  }

  /// The lines, each with a line break at its end.
  func text(colored: Bool) -> String {
    lines.map { line in
      let room = width.map { max(1, $0 - 4) } ?? .max
      return ([text(of: line, colored)] + Formatted.text(line.reason).wrapped(room).map { "    " + $0 })
        .map { $0 + "\n" }.joined()
    }.joined()
  }

  private func text(of line: Line, _ colored: Bool) -> String {
    let state = line.state?.name ?? ""
    let readings = line.reading?.readings
    let cells = LoadColumns.cells(readings)
    let load = [
      "run \(cells[0])".padded(8), "wait \(cells[1])".padded(9), "kv \(cells[2])".padded(7),
      "\(cells[3]) t/s".padded(8), "ttft \(cells[4])".padded(10),
    ]
    let rest = (load + [Formatted.age(since: readings?.takenAt, now)]).joined(separator: " ")
    let answered = line.reading?.observedAt.map { ", answered \(Formatted.age(now - $0)) ago" } ?? ""
    // Names are shortened so that the numbers stay in their columns.
    let nameWidth = width.map { max(12, $0 - 65) } ?? 24
    let name = width == nil ? Formatted.text(line.name) : Formatted.text(line.name).shortened(nameWidth)
    return "  \(name.padded(nameWidth)) \(StateColor.paint(state, state.padded(11), colored: colored)) "
      + (readings == nil ? "no readings\(answered)" : rest)
  }
}
