/// Columns of text, as wide as their widest cell, two spaces apart.
struct TextTable {
  struct Column {
    var title: String
    var isNumber = false
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// One cell per column.
  mutating func append(_ row: [String]) {
    rows.append(row.map(shown))
  }

  /// Lines with a title line first, each ended by a line break and without spaces at its end. `paint` may wrap a padded
  /// cell in what takes no room on screen.
  func text(paint: (_ cell: String, _ padded: String) -> String = { $1 }) -> String {
    var widths = columns.map(\.title.count)
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
    }
    let lines = [columns.map(\.title)] + rows
    return lines.map { line($0, widths, paint) + "\n" }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int], _ paint: (String, String) -> String) -> String {
    var out = ""
    for (index, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[index] - cell.count)
      let isLast = index == cells.count - 1
      let padded = columns[index].isNumber ? padding + cell : isLast ? cell : cell + padding
      out += (index > 0 ? "  " : "") + paint(cell, padded)
    }
    // The last cells may be empty.
    while out.last == " " { out.removeLast() }
    return out
  }
}
